//! Who is told of what happens: integrations, subscriptions, and what is sent.

use std::time::Duration;

use api_app::PostError;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::rig::{Rig, Transcript};

const INTEGRATIONS: &str = "/notifications/v1/integrations";
const SUBSCRIPTIONS: &str = "/notifications/v1/subscriptions";
const DELIVERIES: &str = "/weir/v1/notification-deliveries";
const HOOK: &str = "https://hooks.example.com/a";

fn wish(name: &str, kind: &str) -> Value {
    json!({"display_name": name, "target": {"kind": kind, "webhook_url": HOOK}})
}

/// An integration that is told when a cluster is ready; its id and the key of its signatures.
async fn subscribed(rig: &Rig) -> (String, String) {
    let made = rig.call("POST", INTEGRATIONS, wish("ops", "Webhook")).await.expect(201);
    let (id, secret) = (made.text("/id"), made.text("/signing_secret"));
    let body = json!({"notification_type": {"id": "cluster-ready"}, "integrations": [{"id": id}]});
    rig.call("POST", SUBSCRIPTIONS, body).await.expect(201);
    (id, secret)
}

async fn ready_cluster(rig: &Rig, name: &str) -> String {
    let spec = json!({"spec": {"display_name": name, "cloud": "AWS", "region": "us-east-2",
        "environment": {"id": rig.first.environment_id}}});
    let id = rig.call("POST", "/cmk/v2/clusters", spec).await.expect(202).text("/id");
    rig.settle().await;
    id
}

/// Lets time pass and sends what is due.
async fn later(rig: &Rig, seconds: u64) {
    rig.clock.advance(Duration::from_secs(seconds));
    rig.app.deliver_notifications().await.unwrap();
}

async fn newest(rig: &Rig) -> Value {
    rig.get(DELIVERIES).await.expect(200).body["data"][0].clone()
}

#[tokio::test]
async fn integrations_and_subscriptions_have_their_public_shape() {
    let rig = Rig::settled().await;
    let mut said = Transcript::default();
    let made = rig.call("POST", INTEGRATIONS, wish("ops", "Webhook")).await;
    said.add("a new webhook shows its key", &made);
    let id = made.text("/id");
    let path = format!("{INTEGRATIONS}/{id}");
    said.add("and never again", &rig.get(&path).await);
    let body = json!({"display_name": "renamed", "target": {"kind": "Slack"}});
    said.add("changed", &rig.call("PATCH", &path, body).await);
    said.add("listed", &rig.get(INTEGRATIONS).await);
    let body = json!({"notification_type": {"id": "cluster-ready"}, "integrations": [{"id": id}]});
    let made = rig.call("POST", SUBSCRIPTIONS, body).await;
    said.add("a subscription", &made);
    let subscription = format!("{SUBSCRIPTIONS}/{}", made.text("/id"));
    said.add("of an integration that cannot go", &rig.call("DELETE", &path, Value::Null).await);
    let body = json!({"current_state": "DISABLED"});
    said.add("put aside", &rig.call("PATCH", &subscription, body).await);
    said.add("types", &rig.get("/notifications/v1/notification-types").await);
    rig.call("DELETE", &subscription, Value::Null).await.expect(204);
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    rig.get(&path).await.expect(404);
    insta::assert_snapshot!(said.0);
}

#[tokio::test]
async fn wishes_that_break_a_rule_are_refused() {
    let rig = Rig::settled().await;
    let id = rig.call("POST", INTEGRATIONS, wish("ops", "Slack")).await.expect(201).text("/id");
    for (status, body, what) in [
        (400, json!({"display_name": "a"}), "target is required"),
        (422, wish("a", "RoleEmail"), "e-mail is not sent"),
        (422, wish("a", "Pager"), "not one of Webhook, Slack, MsTeams"),
        (409, wish("ops", "Slack"), "display_name is already in use"),
        (
            422,
            json!({"display_name": "a", "target": {"kind": "Slack", "webhook_url": "http://a"}}),
            "must begin with https://",
        ),
    ] {
        let refused = rig.call("POST", INTEGRATIONS, body).await.expect(status);
        assert!(refused.detail().contains(what), "{}", refused.body);
    }
    let on =
        |kind: &str, ids: Value| json!({"notification_type": {"id": kind}, "integrations": ids});
    for (body, what) in [
        (on("nonsense", json!([{"id": id}])), "not one of cluster-ready"),
        (on("cluster-ready", json!([])), "1 to 20"),
        (on("cluster-ready", json!([{"id": id}, {"id": id}])), "twice"),
        (on("cluster-ready", json!([{"id": "int-none"}])), "not there"),
    ] {
        let refused = rig.call("POST", SUBSCRIPTIONS, body).await.expect(422);
        assert!(refused.detail().contains(what), "{}", refused.body);
    }
}

#[tokio::test]
async fn a_cluster_that_is_ready_is_told_once_and_signed() {
    let rig = Rig::settled().await;
    let (_, secret) = subscribed(&rig).await;
    let cluster = ready_cluster(&rig, "orders").await;
    assert!(rig.mailbox.posts.lock().is_empty(), "nothing is sent before its turn");
    later(&rig, 1).await;
    later(&rig, 3600).await;
    let posts = rig.mailbox.posts.lock().clone();
    assert_eq!(posts.len(), 1);
    let body: Value = serde_json::from_slice(&posts[0].body).unwrap();
    assert_eq!(body["title"], "Cluster orders is ready");
    assert!(body["resource_name"].as_str().unwrap().ends_with(&cluster), "{body}");
    let header = |name: &str| {
        let found = posts[0].headers.iter().find(|(it, _)| *it == name);
        found.unwrap_or_else(|| panic!("{name}")).1.clone()
    };
    assert_eq!(header("weir-notification-id"), body["id"]);
    let signed = header("weir-signature");
    let (time, mac) = signed.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut expected = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    expected.update(format!("{time}.").as_bytes());
    expected.update(&posts[0].body);
    let expected: String =
        expected.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(mac, expected);
    let shown = newest(&rig).await;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("DELIVERED"), &json!(1)));
    assert!(!rig.get(DELIVERIES).await.body.to_string().contains(&secret));
}

#[tokio::test]
async fn nobody_is_told_who_did_not_subscribe_or_put_it_aside() {
    let rig = Rig::settled().await;
    subscribed(&rig).await;
    let all = rig.get(SUBSCRIPTIONS).await.expect(200);
    let path = format!("{SUBSCRIPTIONS}/{}", all.text("/data/0/id"));
    rig.call("PATCH", &path, json!({"current_state": "DISABLED"})).await.expect(200);
    let cluster = ready_cluster(&rig, "quiet").await;
    let body = json!({"current_state": "ENABLED"});
    rig.call("PATCH", &path, body).await.expect(200);
    let path = format!("/cmk/v2/clusters/{cluster}?environment={}", rig.first.environment_id);
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    rig.settle().await;
    later(&rig, 1).await;
    assert!(rig.mailbox.posts.lock().is_empty());
    assert_eq!(rig.get(DELIVERIES).await.body["data"], json!([]));
}

#[tokio::test]
async fn what_does_not_arrive_is_tried_again_with_the_same_id_and_keeps_its_order() {
    let rig = Rig::settled().await;
    let (id, _) = subscribed(&rig).await;
    *rig.mailbox.answer.lock() = Some(Ok(500));
    ready_cluster(&rig, "first").await;
    ready_cluster(&rig, "second").await;
    later(&rig, 1).await;
    assert_eq!(rig.mailbox.posts.lock().len(), 1, "the second waits for the first");
    later(&rig, 1).await;
    assert_eq!(rig.mailbox.posts.lock().len(), 1, "not before the pause is over");
    let shown = rig.get(&format!("{INTEGRATIONS}/{id}")).await;
    assert_eq!(shown.text("/status/state"), "FAILING");
    assert_eq!(shown.text("/status/last_error"), "the receiver answers 500");
    *rig.mailbox.answer.lock() = Some(Err(PostError::Unreachable("no answer in time".into())));
    later(&rig, 5).await;
    assert_eq!(rig.mailbox.posts.lock().len(), 2);
    *rig.mailbox.answer.lock() = Some(Ok(200));
    later(&rig, 10).await;
    let posts = rig.mailbox.posts.lock().clone();
    let titles: Vec<String> = posts
        .iter()
        .map(|post| serde_json::from_slice::<Value>(&post.body).unwrap()["title"].to_string())
        .collect();
    assert_eq!(posts.len(), 4, "{titles:?}");
    assert!(titles[..3].iter().all(|title| title.contains("first")), "{titles:?}");
    assert!(titles[3].contains("second"), "{titles:?}");
    assert_eq!(posts[0].headers[0], posts[2].headers[0], "the same id");
    let shown = rig.get(&format!("{INTEGRATIONS}/{id}")).await;
    assert_eq!(shown.text("/status/state"), "ENABLED");
}

#[tokio::test]
async fn an_integration_where_nothing_arrives_is_disabled_until_it_is_changed() {
    let rig = Rig::settled().await;
    let (id, _) = subscribed(&rig).await;
    let path = format!("{INTEGRATIONS}/{id}");
    *rig.mailbox.answer.lock() = Some(Ok(410));
    for round in 0..9 {
        ready_cluster(&rig, &format!("c{round}")).await;
    }
    let mut turns = 0;
    while rig.get(&path).await.text("/status/state") != "DISABLED" {
        later(&rig, 3600).await;
        turns += 1;
        assert!(turns < 60, "it is never disabled");
    }
    assert!(turns >= 24, "it was disabled after {turns} hours");
    let shown = rig.get(&path).await;
    assert!(shown.text("/status/reason").contains("the receiver answers 410"), "{}", shown.body);
    let waiting = rig.get(&format!("{DELIVERIES}?integration={id}&page_size=100")).await;
    let all = waiting.body["data"].as_array().unwrap();
    assert_eq!(all.len(), 9);
    assert!(all.iter().all(|it| it["state"] == "FAILED"), "{all:?}");
    let before = rig.mailbox.posts.lock().len();
    ready_cluster(&rig, "unheard").await;
    later(&rig, 3600).await;
    assert_eq!(rig.mailbox.posts.lock().len(), before, "nothing is sent any more");
    rig.call("PATCH", &path, json!({})).await.expect(200);
    *rig.mailbox.answer.lock() = None;
    ready_cluster(&rig, "heard").await;
    later(&rig, 1).await;
    assert_eq!(rig.mailbox.posts.lock().len(), before + 1);
    assert_eq!(rig.get(&path).await.text("/status/state"), "ENABLED");
}

#[tokio::test]
async fn a_test_message_says_whether_it_arrived() {
    let rig = Rig::settled().await;
    let path = "/notifications/v1/integrations:test";
    let made = rig.call("POST", INTEGRATIONS, wish("ops", "Webhook")).await.expect(201);
    rig.call("POST", path, json!({"id": made.text("/id")})).await.expect(204);
    let target = json!({"target": {"kind": "MsTeams", "webhook_url": HOOK}});
    rig.call("POST", path, target.clone()).await.expect(204);
    assert_eq!(rig.mailbox.posts.lock().len(), 2);
    *rig.mailbox.answer.lock() = Some(Ok(404));
    let refused = rig.call("POST", path, target).await.expect(400);
    assert_eq!(refused.text("/errors/0/code"), "integration_test_failed");
    assert!(refused.detail().contains("answers 404"), "{}", refused.body);
    assert_eq!(rig.get(DELIVERIES).await.body["data"], json!([]), "it is no notification");
}

#[tokio::test]
async fn a_limit_that_is_nearly_used_up_is_told_once_until_it_is_less_again() {
    let rig = Rig::settled().await;
    let made = rig.call("POST", INTEGRATIONS, wish("ops", "Slack")).await.expect(201);
    let ids = json!([{"id": made.text("/id")}]);
    for kind in ["service-quota-50", "service-quota-90"] {
        let body = json!({"notification_type": {"id": kind}, "integrations": ids});
        rig.call("POST", SUBSCRIPTIONS, body).await.expect(201);
    }
    let acls = format!("/kafka/v3/clusters/{}/acls", rig.first.cluster_id);
    let acl = |number: usize| {
        json!({"resource_type": "TOPIC", "resource_name": format!("t{number}"),
            "pattern_type": "LITERAL", "principal": format!("User:{}", rig.first.user_id),
            "host": "*", "operation": "READ", "permission": "ALLOW"})
    };
    let kafka = rig.kafka();
    for from in (0..500).step_by(10) {
        let batch: Vec<Value> = (from..from + 10).map(acl).collect();
        kafka.call("POST", &format!("{acls}:batch"), json!({"data": batch})).await.expect(201);
    }
    for _ in 0..3 {
        rig.app.watch_quotas().await.unwrap();
        later(&rig, 60).await;
    }
    let told = rig.mailbox.posts.lock().clone();
    assert_eq!(told.len(), 1);
    let text = String::from_utf8(told[0].body.clone()).unwrap();
    assert!(text.contains("500 of 1000 ACLs"), "{text}");
    // 450 or more is not less enough to be told again.
    for (number, expected) in [(0..40, 1), (0..60, 2)] {
        for number in number {
            let query = format!(
                "{acls}?resource_type=TOPIC&resource_name=t{number}&pattern_type=LITERAL\
                 &operation=READ&permission=ALLOW"
            );
            kafka.call("DELETE", &query, Value::Null).await.expect(200);
        }
        rig.app.watch_quotas().await.unwrap();
        let batch: Vec<Value> = (0..60).map(acl).collect();
        for some in batch.chunks(10) {
            kafka.call("POST", &format!("{acls}:batch"), json!({"data": some})).await.expect(201);
        }
        rig.app.watch_quotas().await.unwrap();
        later(&rig, 1).await;
        assert_eq!(rig.mailbox.posts.lock().len(), expected);
    }
}
