//! Cells that go to another place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use e2e::{Home, Ran, Running};

const PRODUCE: [&str; 6] = ["topic", "produce", "t", "--create", "--partitions", "1"];
const CONSUME: [&str; 6] = ["topic", "consume", "t", "--timeout", "30s", "-n"];

fn lines(from: usize, to: usize) -> String {
    (from..to).map(|n| format!("v{n}\n")).collect()
}

fn url(home: &Home, name: &str) -> String {
    format!("file://{}", home.path(name).display())
}

fn produce(home: &Home, from: usize, to: usize) {
    drop(home.run_with_input(&PRODUCE, &lines(from, to)).ok());
}

fn consume(home: &Home, count: usize) -> String {
    home.run(&[&CONSUME[..], &[&count.to_string()]].concat()).ok().stdout
}

fn consume_as_group(home: &Home, count: usize) -> String {
    let count = count.to_string();
    home.run(&[&CONSUME[..], &[&count, "--group", "g"]].concat()).ok().stdout
}

fn migrate(home: &Home, url: &str) -> Ran {
    home.run(&["cell", "migrate", url])
}

/// Every object in a folder, with its content; not what the folder has to write them.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a folder").path();
        if path.ends_with("tmp") {
            continue;
        }
        if path.is_dir() {
            found.extend(content(&path));
        } else {
            found.insert(path.clone(), std::fs::read(&path).expect("a file"));
        }
    }
    found
}

#[test]
fn records_and_groups_of_a_folder_move_into_a_store() {
    let home = Home::new();
    let bucket = url(&home, "bucket");
    let weir = Running::up(&home, &[]);
    produce(&home, 0, 2000);
    assert_eq!(consume_as_group(&home, 700), lines(0, 700));
    migrate(&home, &bucket).fails(5, "is in use");
    // The power fails first.
    weir.kill();
    let moved = migrate(&home, &bucket).ok();
    assert!(moved.stderr.contains("Moved"), "{moved:#?}");
    drop(migrate(&home, &bucket).ok());

    let weir = Running::up(&home, &["--store", &bucket]);
    assert_eq!(consume_as_group(&home, 1300), lines(700, 2000));
    produce(&home, 2000, 2100);
    assert_eq!(consume(&home, 2100), lines(0, 2100));
    drop(weir.stop().ok());
    drop(home.run(&["cell", "audit", &bucket, "--all"]).ok());
    let weir = Running::up(&home, &["--brokers", "2"]);
    assert_eq!(consume(&home, 2100), lines(0, 2100));
    drop(weir.stop().ok());
    migrate(&home, &url(&home, "other")).fails(5, "lie in file://");
}

#[test]
fn encrypted_records_move_as_they_are() {
    let home = Home::new();
    let bucket = url(&home, "bucket");
    let weir = Running::up(&home, &["--encryption", "on"]);
    produce(&home, 0, 500);
    drop(weir.stop().ok());
    drop(migrate(&home, &bucket).ok());
    let has = |bytes: &Vec<u8>| bytes.windows(4).any(|w| w == b"v499");
    assert!(!content(&home.path("bucket")).values().any(has));
    let _weir = Running::up(&home, &[]);
    assert_eq!(consume(&home, 500), lines(0, 500));
}

#[test]
fn a_move_that_was_killed_goes_on_and_the_folder_serves_meanwhile() {
    let home = Home::new();
    let bucket = url(&home, "bucket");
    let weir = Running::up(&home, &[]);
    produce(&home, 0, 1000);
    drop(weir.stop().ok());
    let mut killed = home.server(&["cell", "migrate", &bucket]).spawn().unwrap();
    while !home.path("bucket/copy.json").exists() && killed.try_wait().unwrap().is_none() {}
    let _ = killed.kill();
    let _ = killed.wait();

    let weir = Running::up(&home, &[]);
    assert_eq!(consume(&home, 1000), lines(0, 1000));
    produce(&home, 1000, 1500);
    drop(weir.stop().ok());
    drop(migrate(&home, &bucket).ok());
    let _weir = Running::up(&home, &[]);
    assert_eq!(consume(&home, 1500), lines(0, 1500));
}

#[test]
fn nobody_starts_from_a_part_of_a_cell() {
    let home = Home::new();
    std::fs::create_dir(home.path("bucket")).unwrap();
    let mark = r#"{"format_level":1,"from":"00112233-4455-4677-8899-aabbccddeeff","cell":"00112233-4455-4677-8899-aabbccddeeff"}"#;
    std::fs::write(home.path("bucket/copy.json"), mark).unwrap();
    let up = ["up", "--api-addr", "127.0.0.1:0", "--kafka-addr", "127.0.0.1:0"];
    let up = [&up[..], &["--kafka-tls-addr", "127.0.0.1:0", "--store"]].concat();
    let ran = home.run(&[&up[..], &[&url(&home, "bucket")]].concat());
    ran.fails(5, "holds an unfinished copy of a cell");
}

#[test]
fn a_restored_cell_has_everything_and_the_source_is_as_it_was() {
    let home = Home::new();
    let (bucket, new) = (url(&home, "bucket"), url(&home, "new"));
    let weir = Running::up(&home, &["--store", &bucket, "--encryption", "on"]);
    produce(&home, 0, 1000);
    assert_eq!(consume_as_group(&home, 300), lines(0, 300));
    weir.kill();
    let restore = ["cell", "restore", &bucket, &new];
    home.run(&restore).fails(5, "has not ended: it may be running");
    assert!(!home.path("new/copy.json").exists(), "nothing was begun");
    let weir = Running::up(&home, &[]);
    produce(&home, 1000, 1200);
    drop(weir.stop().ok());

    let before = content(&home.path("bucket"));
    let data = home.data();
    let with_folder = [&restore[..], &["--data-dir", data.to_str().unwrap()]].concat();
    drop(home.run(&with_folder).ok());
    assert!(content(&home.path("bucket")) == before, "the source changed");
    drop(home.run(&["cell", "audit", &new, "--all"]).ok());
    home.run(&restore).fails(5, "is not empty");

    let weir = Running::up(&home, &[]);
    assert_eq!(consume_as_group(&home, 900), lines(300, 1200));
    produce(&home, 1200, 1300);
    assert_eq!(consume(&home, 1300), lines(0, 1300));
    drop(weir.stop().ok());
    assert!(content(&home.path("bucket")) == before, "the new cell writes to its own place");
}

#[test]
fn a_cell_that_runs_is_copied_when_one_insists() {
    let home = Home::new();
    let (bucket, new) = (url(&home, "bucket"), url(&home, "new"));
    let weir = Running::up(&home, &["--store", &bucket]);
    produce(&home, 0, 1000);
    drop(home.run(&["cell", "restore", &bucket, &new, "--force"]).ok());
    produce(&home, 1000, 1100);
    assert_eq!(consume(&home, 1100), lines(0, 1100));
    drop(weir.stop().ok());
    std::fs::write(home.data().join("store"), format!("{new}\n")).unwrap();
    let _weir = Running::up(&home, &[]);
    produce(&home, 1000, 1001);
    assert_eq!(consume(&home, 1001), lines(0, 1001));
}
