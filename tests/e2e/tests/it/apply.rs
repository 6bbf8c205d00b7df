//! `weir apply`: what files say is made once, and changed when it differs.

use std::fs;

use e2e::{Home, Running};
use serde_json::Value;

const WANTED: &str = "
kind: Topic
name: payments
environment: staging
cluster: orders
partitions: 3
configs: {retention.ms: 86400000}
---
kind: Environment
name: staging
---
kind: Cluster
name: orders
environment: staging
cloud: aws
region: eu-west-1
---
kind: ServiceAccount
name: billing
description: Reads invoices
---
kind: RoleBinding
principal: billing
role: DeveloperRead
environment: staging
cluster: orders
topic: payments*
---
kind: Acl
principal: billing
operation: READ
environment: staging
cluster: orders
name: payments
";

/// What the plan says of each kind, in its order.
fn actions(plan: &Value) -> Vec<(String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().expect("a text").to_owned();
    let rows = plan["data"].as_array().expect("rows").iter();
    rows.map(|row| (text(row, "action"), text(row, "kind"))).collect()
}

#[test]
fn what_files_say_is_made_once_and_changed_when_it_differs() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let file = home.path("wanted.yaml");
    fs::write(&file, WANTED).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let dry = ["apply", "-f", &file, "--dry-run", "-o", "json"];
    let apply = ["apply", "-f", &file, "--yes", "-o", "json"];

    let planned = home.run(&dry);
    assert_eq!(planned.code, 9, "{planned:#?}");
    let plan: Value = serde_json::from_str(&planned.stdout).unwrap();
    let kinds = ["Environment", "ServiceAccount", "Cluster", "Topic", "RoleBinding", "Acl"];
    assert_eq!(actions(&plan), kinds.map(|kind| ("create".to_owned(), kind.to_owned())));
    home.run(&["env", "get", "staging"]).fails(4, "staging");
    home.run(&["apply", "-f", &file]).fails(2, "--yes");

    assert_eq!(actions(&home.json(&apply)), actions(&plan));
    assert_eq!(home.run(&dry).ok().code, 0, "the second plan is empty");
    let again = home.json(&apply);
    assert!(actions(&again).iter().all(|(action, _)| action == "unchanged"), "{again}");
    let keys = home.json(&["api-key", "list", "-o", "json"]).to_string();
    assert!(!keys.contains("weir apply"), "keys live for as long as the command: {keys}");

    let wider = WANTED.replace("partitions: 3", "partitions: 6").replace("86400000", "3600000");
    let wider = wider.replace("Reads invoices", "Reads all");
    let ran = home.run_with_input(&["apply", "-f", "-", "--yes", "-o", "json"], &wider).ok();
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    let changed: Vec<_> = plan["data"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row["changes"].as_array().unwrap())
        .collect();
    assert_eq!(
        changed,
        [
            "description: Reads invoices -> Reads all",
            "partitions: 3 -> 6",
            "configs.retention.ms: 86400000 -> 3600000"
        ]
    );
    assert_eq!(home.run_with_input(&["apply", "-f", "-", "--dry-run"], &wider).code, 0);
    assert_eq!(home.run(&dry).code, 2, "partitions do not become fewer");
}

#[test]
fn nothing_is_changed_when_a_step_cannot_succeed() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    for (text, expected) in [
        (
            "kind: Environment\nname: new\n---\nkind: Topic\nname: t\nenvironment: new\ncluster: nowhere\n",
            "document 2: Cluster nowhere in new is neither",
        ),
        (
            "kind: Environment\nname: new\n---\nkind: Cluster\nname: c\nenvironment: default\ncloud: aws\nregion: the-moon\n",
            "document 2: Cluster c in default: ",
        ),
        (
            "kind: Environment\nname: new\n---\nkind: Environment\nnamme: x\n",
            "document 2: name is required",
        ),
    ] {
        let ran = home.run_with_input(&["apply", "-f", "-", "--yes"], text);
        ran.fails(2, expected);
        assert!(ran.stderr.contains("stdin, "), "{ran:#?}");
        home.run(&["env", "get", "new"]).fails(4, "new");
    }
}
