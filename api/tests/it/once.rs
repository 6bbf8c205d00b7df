//! A request under an `Idempotency-Key` is carried out once, and answered the same each time.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::rig::{Reply, Rig};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Everything that can be made: path and body of the `n`th.
fn wish(rig: &Rig, n: usize) -> (&'static str, Value) {
    let (environment, cluster) = (&rig.first.environment_id, &rig.first.cluster_id);
    let name = format!("thing-{n}");
    match n % 4 {
        0 => ("/org/v2/environments", json!({"display_name": name})),
        1 => ("/iam/v2/service-accounts", json!({"display_name": name})),
        2 => (
            "/iam/v2/api-keys",
            json!({"spec": {"description": name, "resource": {"id": cluster}}}),
        ),
        _ => {
            let spec = json!({"display_name": name, "cloud": "AWS", "region": "us-east-2",
                "availability": "LOW", "environment": {"id": environment}});
            ("/cmk/v2/clusters", json!({"spec": spec}))
        }
    }
}

async fn count(rig: &Rig, path: &str) -> usize {
    let (mut token, mut found) = (String::new(), 0);
    loop {
        let page = rig.get(&format!("{path}page_size=100{token}")).await.expect(200);
        found += page.body["data"].as_array().unwrap().len();
        let Some(next) = page.body["metadata"]["next"].as_str() else { return found };
        token = format!("&page_token={}", next.split("page_token=").nth(1).unwrap());
    }
}

async fn total(rig: &Rig) -> usize {
    let clusters = format!("/cmk/v2/clusters?environment={}&", rig.first.environment_id);
    let mut found = count(rig, &clusters).await;
    for path in ["/org/v2/environments?", "/iam/v2/service-accounts?", "/iam/v2/api-keys?"] {
        found += count(rig, path).await;
    }
    found
}

fn replayed(reply: &Reply) -> bool {
    reply.headers.contains_key("idempotency-replayed")
}

#[tokio::test]
async fn two_hundred_creates_each_sent_twice_at_once_make_two_hundred_things() {
    let rig = Rig::settled().await;
    let before = total(&rig).await;
    let all = (0..200).map(|n| {
        let (path, body) = wish(&rig, n);
        let key = format!("key-{n}");
        let rig = &rig;
        async move {
            let both = [rig.post_once(&key, path, body.clone()), rig.post_once(&key, path, body)];
            join_all(both).await
        }
    });
    for (n, both) in join_all(all).await.into_iter().enumerate() {
        assert!(both[0].status.is_success(), "{n}: {}", both[0].body);
        assert_eq!(both[0].status, both[1].status, "{n}");
        assert_eq!(both[0].body, both[1].body, "{n}");
        assert_eq!(both.iter().filter(|reply| replayed(reply)).count(), 1, "{n}");
    }
    assert_eq!(total(&rig).await, before + 200);
}

#[tokio::test]
async fn repetition_is_answered_the_same_whatever_became_of_it() {
    let rig = Rig::settled().await;
    let (path, body) = wish(&rig, 2);
    let first = rig.post_once("k", path, body.clone()).await.expect(202);
    let (id, secret) = (first.text("/id"), first.text("/spec/secret"));
    let again = rig.post_once("k", path, body.clone()).await.expect(202);
    assert_eq!((again.body.clone(), replayed(&again)), (first.body, true));
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    rig.with_key(&id, &secret).get(&topics).await.expect(200);
    rig.call("DELETE", &format!("{path}/{id}"), Value::Null).await.expect(204);
    assert_eq!(rig.post_once("k", path, body).await.expect(202).body, again.body);
    rig.with_key(&id, &secret).get(&topics).await.expect(401);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let rig = Rig::settled().await;
    let (path, body) = wish(&rig, 0);
    rig.post_once("k", path, body.clone()).await.expect(201);
    let other = json!({"display_name": "other"});
    let refused = rig.post_once("k", path, other.clone()).await.expect(422);
    assert_eq!(refused.text("/errors/0/code"), "idempotency_key_reused");
    assert_eq!(refused.text("/errors/0/source/parameter"), "Idempotency-Key");
    let elsewhere = rig.post_once("k", "/iam/v2/service-accounts", body.clone()).await;
    assert_eq!(elsewhere.expect(422).text("/errors/0/code"), "idempotency_key_reused");
    rig.post_once("l", path, other).await.expect(201);
    for bad in ["", " ", &"k".repeat(256)] {
        let refused = rig.post_once(bad, path, body.clone()).await.expect(400);
        assert_eq!(refused.text("/errors/0/code"), "invalid_idempotency_key", "{bad:?}");
    }
}

#[tokio::test]
async fn key_of_one_principal_means_nothing_to_another() {
    let rig = Rig::settled().await;
    let account = rig.call("POST", "/iam/v2/service-accounts", json!({"display_name": "ci"})).await;
    let body = json!({"spec": {"owner": {"id": account.text("/id")}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    let other = rig.with_key(&key.text("/id"), &key.text("/spec/secret"));
    let (path, body) = wish(&rig, 0);
    rig.post_once("k", path, body.clone()).await.expect(201);
    let headers = [("idempotency-key", "k")];
    other.call_with(&headers, "POST", path, body).await.expect(403);
}

#[tokio::test]
async fn refused_request_may_come_again_and_a_day_later_it_is_new() {
    let rig = Rig::settled().await;
    let (path, body) = wish(&rig, 1);
    let holder = rig.call("POST", path, body.clone()).await.expect(201).text("/id");
    rig.post_once("k", path, body.clone()).await.expect(409);
    rig.call("DELETE", &format!("{path}/{holder}"), Value::Null).await.expect(204);
    let made = rig.post_once("k", path, body.clone()).await.expect(201);
    assert!(!replayed(&made));
    rig.clock.advance(DAY - Duration::from_secs(10));
    assert_eq!(rig.post_once("k", path, body.clone()).await.expect(201).body, made.body);
    rig.clock.advance(Duration::from_secs(10));
    rig.post_once("k", path, body.clone()).await.expect(409);
}

#[tokio::test]
async fn key_that_brokers_did_not_take_is_answered_once_they_do() {
    let rig = Rig::settled().await;
    let (path, body) = wish(&rig, 2);
    *rig.brokers.down.lock() = true;
    rig.post_once("k", path, body.clone()).await.expect(503);
    rig.post_once("k", path, body.clone()).await.expect(503);
    *rig.brokers.down.lock() = false;
    let made = rig.post_once("k", path, body).await.expect(202);
    let id = made.text("/id");
    assert!(rig.brokers.snapshot.lock().keys.contains_key(&id), "in force when it is answered");
    assert_eq!(
        rig.get("/iam/v2/api-keys").await.names("id").iter().filter(|k| **k == id).count(),
        1
    );
}

#[tokio::test]
async fn dry_run_says_what_would_be_made_and_makes_nothing() {
    let rig = Rig::settled().await;
    let before = total(&rig).await;
    for n in 0..4 {
        let (path, body) = wish(&rig, n);
        let path = format!("{path}?dry_run=true");
        let reply = rig.post_once("k", &path, body).await.expect(200);
        assert_eq!(reply.headers["weir-dry-run"], "true");
        assert!(reply.body["kind"].is_string() && reply.body["id"].is_null(), "{}", reply.body);
        assert!(reply.body["spec"]["secret"].is_null());
    }
    let cluster = wish(&rig, 3);
    let reply = rig.call("POST", "/cmk/v2/clusters?dry_run=true", cluster.1).await.expect(200);
    assert_eq!(reply.body["spec"]["config"]["kind"], "Basic", "defaults are filled in");
    assert_eq!(total(&rig).await, before);
    let taken =
        json!({"display_name": rig.get("/org/v2/environments").await.names("display_name")[0]});
    rig.call("POST", "/org/v2/environments?dry_run=true", taken).await.expect(409);
    rig.call("POST", "/org/v2/environments?dry_run=maybe", json!({})).await.expect(400);
}

#[tokio::test]
async fn terms_that_cannot_be_kept_are_refused() {
    let rig = Rig::settled().await;
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    let headers = [("idempotency-key", "k")];
    let body = json!({"topic_name": "t"});
    let refused = rig.kafka().call_with(&headers, "POST", &topics, body.clone()).await.expect(400);
    assert_eq!(refused.body["error_code"], 400);
    rig.kafka().call("POST", &format!("{topics}?dry_run=true"), body).await.expect(400);
    assert_eq!(rig.kafka().get(&topics).await.names("topic_name"), [] as [&str; 0]);
    let topic = format!("{topics}/t");
    let headers = [("if-match", "\"1\"")];
    rig.kafka().call_with(&headers, "DELETE", &topic, Value::Null).await.expect(400);
}
