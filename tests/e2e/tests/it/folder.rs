//! Data folders that something happened to.

use e2e::{Home, Running};

fn used() -> Home {
    let home = Home::new();
    drop(Running::up(&home, &[]).stop().ok());
    home
}

#[test]
fn a_newer_folder_is_refused_with_both_versions() {
    let home = used();
    let planted = r#"{"format":999,"written_by":"7.1.0"}"#;
    std::fs::write(home.data().join("format.json"), planted).unwrap();
    let ran = home.run(&["up", "--api-addr", "127.0.0.1:0"]);
    ran.fails(5, "has format 999, written by weir 7.1.0; weir 0.0.0 reads formats up to 1");
}

#[test]
fn an_older_folder_is_migrated_and_a_copy_is_kept() {
    let home = used();
    let before = home.admin();
    std::fs::write(home.data().join("format.json"), r#"{"format":0}"#).unwrap();
    let _weir = Running::up(&home, &[]);
    let copy = std::fs::read_to_string(home.data().join("format.json.bak-v0")).unwrap();
    assert_eq!(copy, r#"{"format":0}"#);
    assert_eq!(home.admin()["cluster_id"], before["cluster_id"]);
}

#[test]
fn a_damaged_file_is_named_with_the_way_out() {
    for (name, content) in [
        ("format.json", "{\"for"),
        ("pepper", "abc"),
        ("admin.json", "{\"api_key\": "),
        ("tls/ca-key.pem", "-----BEGIN"),
        ("control.db", "this is no database, and it is longer than one header of a page"),
    ] {
        let home = used();
        let path = home.data().join(name);
        std::fs::write(&path, content).unwrap();
        // What a stop left beside the store would mend it.
        for rest in ["control.db-wal", "control.db-shm"] {
            let _ = std::fs::remove_file(home.data().join(rest));
        }
        let ran = home.run(&["up", "--api-addr", "127.0.0.1:0"]);
        ran.fails(1, path.to_str().unwrap());
        assert!(ran.stderr.contains("Suggestions:"), "{ran:#?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content, "it must be left as it was");
    }
}

#[test]
fn a_lost_admin_json_gets_new_keys() {
    let home = used();
    let before = home.admin();
    std::fs::remove_file(home.data().join("admin.json")).unwrap();
    let _weir = Running::up(&home, &[]);
    let after = home.admin();
    assert_eq!(after["cluster_id"], before["cluster_id"]);
    assert_ne!(after["api_key"], before["api_key"]);
    assert_eq!(home.run(&["topic", "list"]).ok().code, 0);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let home = Home::new();
    let file = home.path("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("data");
    home.run(&["up", "--data-dir", below.to_str().unwrap()]).fails(1, "file/data");
    home.run(&["up", "--data-dir", "/proc/weir"]).fails(1, "/proc/weir");
}

#[test]
fn a_folder_of_someone_else_is_neither_used_nor_reset() {
    let home = Home::new();
    let folder = home.path("thesis");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("thesis.tex"), "years of work").unwrap();
    let folder = folder.to_str().unwrap();
    home.run(&["up", "--data-dir", folder]).fails(5, "thesis.tex");
    home.run(&["reset", "--yes", "--data-dir", folder]).fails(5, "is not a Weir folder");
    assert!(std::path::Path::new(folder).join("thesis.tex").exists());
}
