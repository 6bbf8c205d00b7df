//! Starting, finding again, stopping.

use std::os::unix::fs::PermissionsExt as _;

use e2e::{Home, Running};
use serde_json::Value;

const ADMIN_MEMBERS: [&str; 13] = [
    "api_key",
    "api_secret",
    "ca_cert_path",
    "cluster_id",
    "endpoint",
    "environment_id",
    "kafka_api_key",
    "kafka_api_secret",
    "kafka_bootstrap",
    "kafka_tls_bootstrap",
    "login_email",
    "login_password",
    "organization_id",
];

#[test]
fn first_start_writes_admin_json_and_shows_keys_once() {
    let home = Home::new();
    let weir = Running::up(&home, &[]);
    let admin = home.admin();
    let mut members: Vec<_> = admin.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ADMIN_MEMBERS);
    assert!(admin.as_object().unwrap().values().all(|v| v.as_str().is_some_and(|s| !s.is_empty())));
    assert_eq!(admin["login_email"], "admin@localhost");
    let file = std::fs::metadata(home.data().join("admin.json")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let folder = std::fs::metadata(home.data()).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    let shown = weir.stop().ok();
    for secret in ["api_key", "api_secret", "kafka_api_key", "kafka_api_secret", "login_password"] {
        assert!(shown.stdout.contains(admin[secret].as_str().unwrap()), "{secret}");
    }
    assert!(shown.stderr.contains("Next: echo"), "{shown:#?}");
}

#[test]
fn second_start_finds_everything_and_shows_no_secret() {
    let home = Home::new();
    drop(Running::up(&home, &[]).stop().ok());
    let first = home.admin();
    let weir = Running::up(&home, &[]);
    let second = home.admin();
    for same in ["api_key", "api_secret", "cluster_id", "kafka_api_secret", "organization_id"] {
        assert_eq!(first[same], second[same], "{same}");
    }
    let environments = home.json(&["env", "list", "-o", "json"]);
    assert_eq!(environments["data"][0]["id"], second["environment_id"]);
    let shown = weir.stop().ok();
    assert!(!shown.stdout.contains(second["api_secret"].as_str().unwrap()), "{shown:#?}");
    assert!(!shown.stdout.contains(second["kafka_api_secret"].as_str().unwrap()), "{shown:#?}");
}

#[test]
fn context_local_works_at_once() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let context = home.json(&["context", "get", "-o", "json"]);
    assert_eq!(context["name"], "local");
    assert_eq!(context["endpoint"], home.admin()["endpoint"]);
    assert!(!context.to_string().contains(home.admin()["api_secret"].as_str().unwrap()));
    let file = std::fs::metadata(home.path("config/weir/config.toml")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let clusters = home.json(&["cluster", "list", "-o", "json"]);
    assert_eq!(clusters["data"][0]["spec"]["display_name"], "local");
    assert_eq!(clusters["data"][0]["status"]["phase"], "PROVISIONED");
}

#[test]
fn a_second_process_on_one_folder_says_who_holds_it() {
    let home = Home::new();
    let weir = Running::up(&home, &[]);
    let second = home.run(&["up", "--api-addr", "127.0.0.1:0"]);
    second.fails(5, &format!("is in use by process {}", weir.pid()));
    assert!(second.stderr.contains("weir down --data-dir"), "{second:#?}");
    home.run(&["reset", "--yes"]).fails(5, "is in use by process");
}

#[test]
fn background_process_is_seen_stopped_and_reset() {
    let home = Home::new();
    home.run(&["status"]).fails(8, "no Weir runs on");
    let ports = ["--api-addr", "127.0.0.1:0", "--kafka-addr", "127.0.0.1:0"];
    let up = ["up", "--detach", "--kafka-tls-addr", "127.0.0.1:0"];
    let started = home.run(&[&up[..], &ports].concat()).ok();
    let admin = home.admin();
    let secret = admin["api_secret"].as_str().unwrap();
    assert!(started.stdout.contains(secret), "{started:#?}");
    let log = std::fs::read_to_string(home.data().join("weir.log")).unwrap();
    assert!(!log.contains(secret), "{log}");

    let status = home.json(&["status", "-o", "json"]);
    assert_eq!(status["api"], admin["endpoint"]);
    let table = home.run(&["status"]).ok();
    assert!(!table.stdout.contains(secret), "{table:#?}");

    home.run(&["down"]).ok().stderr.contains("Stopped process").then_some(()).unwrap();
    home.run(&["status"]).fails(8, "no Weir runs on");
    assert!(home.run(&["down"]).ok().stderr.contains("No Weir runs"));
    home.run(&["reset"]).fails(2, "was not confirmed");
    assert!(home.data().exists());
    let reset = home.run(&["reset", "--yes"]).ok();
    assert!(reset.stderr.contains("Deleted"), "{reset:#?}");
    assert!(!home.data().exists());
    let contexts = home.json(&["context", "list", "-o", "json"]);
    assert_eq!(contexts["data"], Value::Array(Vec::new()));
}

#[test]
fn a_failed_background_start_says_why_with_its_code() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let second = home.run(&["up", "--detach", "--api-addr", "127.0.0.1:0"]);
    second.fails(5, "is in use by process");
    assert!(second.stderr.contains("weir.log"), "{second:#?}");
}

#[test]
fn memory_leaves_nothing_behind() {
    let home = Home::new();
    let weir = Running::up(&home, &["--memory"]);
    let folder = home.json(&["context", "get", "-o", "json"])["data_dir"].clone();
    let folder = std::path::PathBuf::from(folder.as_str().unwrap());
    assert!(folder.join("admin.json").exists());
    assert!(!home.data().exists());
    let stopped = weir.stop().ok();
    assert!(!folder.exists(), "{stopped:#?}");
    assert_eq!(home.json(&["context", "list", "-o", "json"])["data"], Value::Array(Vec::new()));
}
