//! Commands over the REST API, as scripts use them.

use e2e::{Home, Running};
use serde_json::json;

#[test]
fn environments_clusters_accounts_and_keys_are_made_and_deleted() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);

    let env = home.json(&["env", "create", "staging", "-o", "json"]);
    let env_id = env["id"].as_str().unwrap();
    assert_eq!(env["display_name"], "staging");
    home.run(&["env", "create", "staging"]).fails(5, "already in use");
    let renamed = home.json(&["env", "update", "staging", "--name", "stage", "-o", "json"]);
    assert_eq!(renamed["display_name"], "stage");

    let create = ["cluster", "create", "orders", "--environment", "stage", "--cloud", "gcp"];
    let flags = ["--region", "europe-west1", "--wait=30s", "-o", "json"];
    let cluster = home.json(&[&create[..], &flags].concat());
    let cluster_id = cluster["id"].as_str().unwrap();
    assert_eq!(cluster["status"]["phase"], "PROVISIONED");
    assert_eq!(cluster["spec"]["cloud"], "GCP");

    let account = home.json(&["sa", "create", "billing", "-o", "json"]);
    let account_id = account["id"].as_str().unwrap();
    let key = ["api-key", "create", "--cluster", cluster_id, "--owner", account_id];
    let key = home.json(&[&key[..], &["-o", "json"]].concat());
    let key_id = key["id"].as_str().unwrap();
    assert!(!key["spec"]["secret"].as_str().unwrap().is_empty());
    let listed = home.json(&["api-key", "list", "--owner", account_id, "-o", "json"]);
    assert_eq!(listed["data"][0]["id"], key["id"]);
    assert!(!listed.to_string().contains(key["spec"]["secret"].as_str().unwrap()));

    assert_eq!(home.run(&["api-key", "delete", key_id, "--yes"]).ok().stdout, "");
    home.run(&["api-key", "get", key_id]).fails(4, key_id);
    home.run(&["sa", "delete", "billing", "--yes"])
        .ok()
        .stderr
        .contains("Deleted")
        .then_some(())
        .unwrap();
    let delete = ["cluster", "delete", "orders", "--environment", env_id, "--yes", "--wait=30s"];
    home.run(&delete).ok().stderr.contains("Deleted").then_some(()).unwrap();
    home.run(&["cluster", "get", cluster_id, "--environment", env_id]).fails(4, "Error: ");
    home.run(&["env", "delete", "stage", "--yes"])
        .ok()
        .stderr
        .contains("Deleted")
        .then_some(())
        .unwrap();
}

#[test]
fn topics_are_made_changed_and_deleted() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let create = ["topic", "create", "orders", "--partitions", "2"];
    let made = home.json(&[&create[..], &["--config", "retention.ms=1000", "-o", "json"]].concat());
    assert_eq!((&made["topic_name"], &made["partitions_count"]), (&json!("orders"), &json!(2)));
    home.run(&["topic", "create", "orders"]).fails(2, "already exists");
    assert_eq!(home.run(&["topic", "create", "orders", "--if-not-exists"]).ok().code, 0);

    let update = ["topic", "update", "orders", "--partitions", "4", "--unset", "retention.ms"];
    let grown = home.json(&[&update[..], &["-o", "json"]].concat());
    assert_eq!(grown["partitions_count"], 4);
    let configs = home.json(&["topic", "get", "orders", "--configs", "-o", "json"]);
    let retention =
        configs["data"].as_array().unwrap().iter().find(|c| c["name"] == "retention.ms");
    assert_eq!(retention.unwrap()["is_default"], true);

    let misspelt = home.run(&["topic", "get", "odrers"]);
    misspelt.fails(4, "Did you mean \"orders\"?");
    home.run(&["topic", "create", "a b"]).fails(2, "topic");
    assert_eq!(home.run(&["topic", "list", "-o", "name"]).ok().stdout, "orders\n");
    assert_eq!(home.run(&["topic", "delete", "orders"]).code, 2);
    assert_eq!(home.run(&["topic", "delete", "orders", "--yes"]).ok().code, 0);
    assert_eq!(home.run(&["topic", "list", "-o", "name"]).ok().stdout, "");
}

#[test]
fn failures_have_their_code_and_their_problem_as_json() {
    let home = Home::new();
    home.run(&["env", "list"]).fails(8, "weir up");
    let _weir = Running::up(&home, &[]);
    let missing = home.run(&["env", "get", "env-zzzzzzzz", "-o", "json"]);
    missing.fails(4, "env-zzzzzzzz");
    let problem: serde_json::Value = serde_json::from_str(&missing.stdout).unwrap();
    assert!(problem["errors"][0]["code"].is_string(), "{problem}");

    let mut wrong = home.command(&["env", "list"]);
    wrong.env("WEIR_API_SECRET", "wrong");
    e2e::Ran::of(wrong).fails(3, "weir config explain");
    assert_eq!(home.run(&["env", "lsit"]).code, 2);
    home.run(&["env", "list", "-c", "locla"]).fails(4, "Did you mean \"local\"?");
}

#[test]
fn output_has_every_form() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let table = home.run(&["env", "list"]).ok().stdout;
    assert!(table.starts_with("ID  "), "{table}");
    assert!(home.run(&["env", "list", "-o", "yaml"]).ok().stdout.contains("display_name: default"));
    assert_eq!(
        home.run(&["env", "list", "-o", "name", "--fields", "name"]).ok().stdout,
        "default\n"
    );
    let fields = home.json(&["env", "list", "-o", "json", "--fields", "name"]);
    assert_eq!(fields["data"], json!([{"name": "default"}]));
    home.run(&["env", "list", "--fields", "nmae"]).fails(2, "there is no field");
    assert!(home.run(&["completion", "bash"]).ok().stdout.contains("_weir"));
    let explained = home.run(&["config", "explain"]).ok().stdout;
    assert!(explained.contains("context local"), "{explained}");
    assert!(!explained.contains(home.admin()["api_secret"].as_str().unwrap()));
}
