//! A person in place of a key.

use std::os::unix::fs::PermissionsExt as _;

use e2e::{Home, Running};
use serde_json::Value;

#[test]
fn a_person_signs_in_works_and_signs_out() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let admin = home.admin();
    let text = |name: &str| admin[name].as_str().unwrap().to_owned();
    let (email, password) = (text("login_email"), text("login_password"));
    let login = ["login", "--email", &email];
    home.run_with_input(&login, "wrong\n").fails(3, "incorrect e-mail address or password");
    let keyed = home.json(&["auth", "status", "-o", "json"]);
    assert_eq!((&keyed["method"], &keyed["name"]), (&"api_key".into(), &admin["api_key"]));

    let done = home.run_with_input(&login, &format!("{password}\n")).ok();
    assert!(done.stderr.contains("Signed in as"), "{done:?}");
    let file = home.path("config/weir/config.toml");
    let kept = std::fs::read_to_string(&file).unwrap();
    let token = kept.split("token = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(!done.stdout.contains(token) && !done.stderr.contains(token));
    let who = home.json(&["auth", "status", "-o", "json"]);
    assert_eq!((&who["method"], &who["name"]), (&"session".into(), &email.as_str().into()));
    assert!(!who.to_string().contains(token));
    assert_eq!(home.json(&["env", "create", "staging", "-o", "json"])["display_name"], "staging");
    assert_eq!(home.json(&["topic", "create", "t", "-o", "json"])["topic_name"], "t");
    let shown = home.run(&["context", "get", "-o", "json"]).ok();
    assert!(shown.stdout.contains(&email) && !shown.stdout.contains(token));

    assert!(home.run(&["logout"]).ok().stderr.contains("Signed out"));
    let mut late = home.command(&["auth", "status"]);
    late.env("WEIR_TOKEN", token);
    e2e::Ran::of(late).fails(3, "sign in again");
    assert_eq!(home.json(&["auth", "status", "-o", "json"])["method"], "api_key");
    home.run(&["logout"]).fails(3, "nobody is signed in");
}

#[test]
fn the_configuration_of_the_public_command_line_is_written() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let admin = home.admin();
    let mut login = home.command(&["login", "--email", "admin@localhost", "--export", "confluent"]);
    login.env("WEIR_PASSWORD", admin["login_password"].as_str().unwrap());
    assert!(e2e::Ran::of(login).ok().stderr.contains("for the program `confluent`"));
    let file = home.path(".confluent/config.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let config: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let context = config["current_context"].as_str().unwrap();
    let state = &config["context_states"][context];
    assert_eq!(config["platforms"]["confluent.cloud"]["server"], admin["endpoint"]);
    assert_eq!(config["contexts"][context]["current_environment"], admin["environment_id"]);
    assert_eq!(state["auth"]["organization"]["resource_id"], admin["organization_id"]);
    let mut used = home.command(&["auth", "status", "-o", "json"]);
    used.env("WEIR_TOKEN", state["auth_token"].as_str().unwrap());
    assert!(e2e::Ran::of(used).ok().stdout.contains("admin@localhost"));
    let own = home.json(&["auth", "status", "-o", "json"]);
    assert_eq!(own["method"], "api_key", "commands of weir stay who they were");
}
