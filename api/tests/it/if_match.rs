//! A change under `If-Match` is made of what the caller saw, or not at all.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::rig::{Reply, Rig};

fn tag(reply: &Reply) -> String {
    reply.headers["etag"].to_str().unwrap().to_owned()
}

/// One of everything that can be changed or deleted: path with query, body of a change, its member.
async fn things(rig: &Rig) -> Vec<(String, Option<Value>)> {
    let environment = &rig.first.environment_id;
    let spec = json!({"spec": {"display_name": "c", "cloud": "GCP", "region": "us-central1",
        "environment": {"id": environment}}});
    let cluster = rig.call("POST", "/cmk/v2/clusters", spec).await.expect(202).text("/id");
    let body = json!({"display_name": "e"});
    let other = rig.call("POST", "/org/v2/environments", body).await.expect(201).text("/id");
    let body = json!({"display_name": "a"});
    let account = rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201).text("/id");
    let body = json!({"spec": {"display_name": "k"}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202).text("/id");
    let crn = format!(
        "crn://confluent.cloud/organization={}/environment={environment}",
        rig.first.organization_id
    );
    let body = json!({"principal": format!("User:{account}"), "role_name": "EnvironmentAdmin",
        "crn_pattern": crn});
    let binding = rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201).text("/id");
    let name = json!({"display_name": "new"});
    vec![
        (format!("/iam/v2/role-bindings/{binding}?"), None),
        (format!("/org/v2/environments/{other}?"), Some(name.clone())),
        (
            format!("/cmk/v2/clusters/{cluster}?environment={environment}&"),
            Some(json!({"spec": {"display_name": "new", "environment": {"id": environment}}})),
        ),
        (format!("/iam/v2/api-keys/{key}?"), Some(json!({"spec": name}))),
        (format!("/iam/v2/service-accounts/{account}?"), Some(name)),
    ]
}

#[tokio::test]
async fn change_of_what_somebody_else_changed_is_refused() {
    let rig = Rig::settled().await;
    let view = rig.with_key(&rig.auth.0, &rig.auth.1);
    for (path, change) in things(&rig).await {
        let seen = tag(&rig.get(&path).await.expect(200));
        if let Some(change) = &change {
            let headers = [("if-match", seen.as_str())];
            let made = view.call_with(&headers, "PATCH", &path, change.clone()).await.expect(200);
            assert_ne!(tag(&made), seen, "{path}");
            assert_eq!(tag(&rig.get(&path).await), tag(&made), "{path}");
            let late = view.call_with(&headers, "PATCH", &path, change.clone()).await.expect(412);
            assert_eq!(late.text("/errors/0/code"), "precondition_failed");
            assert_eq!(late.text("/errors/0/source/parameter"), "If-Match");
        }
        let other = format!("W/{seen}, \"0\"");
        view.call_with(&[("if-match", &other)], "DELETE", &path, Value::Null).await.expect(412);
        view.call_with(&[("if-match", "3")], "DELETE", &path, Value::Null).await.expect(400);
        let now = format!("\"0\", {}", tag(&rig.get(&path).await.expect(200)));
        let gone = view.call_with(&[("if-match", &now)], "DELETE", &path, Value::Null).await;
        assert!(gone.status.is_success(), "{path}: {}", gone.body);
        view.call_with(&[("if-match", "*")], "DELETE", &path, Value::Null).await.expect(404);
    }
}

#[tokio::test]
async fn organization_and_people_are_renamed_of_what_was_seen() {
    let rig = Rig::settled().await;
    let view = rig.with_key(&rig.auth.0, &rig.auth.1);
    for (path, member) in [
        (format!("/org/v2/organizations/{}", rig.first.organization_id), "display_name"),
        (format!("/iam/v2/users/{}", rig.first.user_id), "full_name"),
    ] {
        let seen = tag(&rig.get(&path).await.expect(200));
        let headers = [("if-match", seen.as_str())];
        let made = view.call_with(&headers, "PATCH", &path, json!({member: "New"})).await;
        let made = made.expect(200);
        assert_eq!(made.body[member], "New");
        assert_eq!(rig.get(&path).await.body, made.body);
        view.call_with(&headers, "PATCH", &path, json!({member: "Late"})).await.expect(412);
        rig.call("PATCH", &path, json!({member: " "})).await.expect(400);
        let dry = format!("{path}?dry_run=true");
        rig.call("PATCH", &dry, json!({member: "Newer"})).await.expect(200);
        assert_eq!(rig.get(&path).await.body, made.body);
    }
    let path = format!("/org/v2/organizations/{}", rig.first.organization_id);
    let other = json!({"jit_enabled": true});
    let changed = rig.call("PATCH", &path, other).await.expect(200);
    assert_eq!(
        (&changed.body["jit_enabled"], changed.text("/display_name")),
        (&json!(true), "New".to_owned())
    );
    assert_eq!(rig.get(&path).await.body, changed.body);
}

#[tokio::test]
async fn of_changes_at_the_same_time_under_one_tag_one_is_made() {
    let rig = Rig::settled().await;
    let view = rig.with_key(&rig.auth.0, &rig.auth.1);
    for (path, change) in things(&rig).await {
        let Some(change) = change else { continue };
        let seen = tag(&rig.get(&path).await.expect(200));
        let headers = [("if-match", seen.as_str())];
        let all = (0..6).map(|_| view.call_with(&headers, "PATCH", &path, change.clone()));
        let mut statuses: Vec<_> =
            join_all(all).await.iter().map(|reply| reply.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412], "{path}");
    }
}

#[tokio::test]
async fn changes_of_different_members_at_the_same_time_are_both_kept() {
    let rig = Rig::settled().await;
    for (path, change) in things(&rig).await {
        let Some(_) = change else { continue };
        if !path.contains("service-accounts") {
            continue;
        }
        for n in 0..10 {
            let name = json!({"display_name": format!("name {n}")});
            let about = json!({"description": format!("about {n}")});
            let both = [rig.call("PATCH", &path, name), rig.call("PATCH", &path, about)];
            join_all(both).await.into_iter().for_each(|reply| drop(reply.expect(200)));
            let now = rig.get(&path).await;
            assert_eq!(now.text("/display_name"), format!("name {n}"));
            assert_eq!(now.text("/description"), format!("about {n}"));
        }
    }
}

#[tokio::test]
async fn dry_run_of_a_change_or_deletion_changes_nothing() {
    let rig = Rig::settled().await;
    let view = rig.with_key(&rig.auth.0, &rig.auth.1);
    for (path, change) in things(&rig).await {
        let before = rig.get(&path).await.expect(200);
        let dry = format!("{path}dry_run=true");
        if let Some(change) = change {
            let reply = rig.call("PATCH", &dry, change).await.expect(200);
            assert_eq!(reply.headers["weir-dry-run"], "true");
            assert!(reply.body.to_string().contains("new"), "{}", reply.body);
        }
        let reply = rig.call("DELETE", &dry, Value::Null).await;
        assert!(reply.status.is_success() && reply.headers.contains_key("weir-dry-run"), "{path}");
        view.call_with(&[("if-match", "\"0\"")], "DELETE", &dry, Value::Null).await.expect(412);
        let after = rig.get(&path).await.expect(200);
        assert_eq!((after.body.clone(), tag(&after)), (before.body.clone(), tag(&before)));
    }
    let environment = format!("/org/v2/environments/{}?dry_run=true", rig.first.environment_id);
    let taken = json!({"display_name": "e"});
    rig.call("PATCH", &environment, taken).await.expect(409);
}
