//! What rules over the audit log find, and what becomes of it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{Rig, basic};

const FINDINGS: &str = "/weir/v1/security-findings";

/// A request from an address, with whatever is said to be a key.
async fn ask(rig: &Rig, (key, secret): (&str, &str), address: &str) -> u16 {
    let body = json!({"display_name": format!("e{}", common_seams::Clock::wall_us(&*rig.clock))});
    let mut request = Request::builder()
        .method("POST")
        .uri("/org/v2/environments")
        .header("host", "localhost:8080")
        .header("content-type", "application/json")
        .header("authorization", basic(key, secret))
        .body(Body::from(body.to_string()))
        .unwrap();
    let address = SocketAddr::new(address.parse().unwrap(), 40_000);
    request.extensions_mut().insert(ConnectInfo(address));
    rig.status_of(request).await
}

/// Looks at what happened.
async fn look(rig: &Rig) {
    rig.app.write_denials().await;
    rig.app.watch_security(true).await.unwrap();
}

async fn found(rig: &Rig, rule: &str) -> Vec<Value> {
    let all = rig.get(&format!("{FINDINGS}?rule={rule}")).await.expect(200);
    all.body["data"].as_array().unwrap().clone()
}

async fn subscribe(rig: &Rig, kinds: &[&str]) {
    let target = json!({"kind": "Slack", "webhook_url": "https://hooks.example.com/a"});
    let body = json!({"display_name": "ops", "target": target});
    let made = rig.call("POST", "/notifications/v1/integrations", body).await.expect(201);
    for kind in kinds {
        let body = json!({"notification_type": {"id": kind},
            "integrations": [{"id": made.text("/id")}]});
        rig.call("POST", "/notifications/v1/subscriptions", body).await.expect(201);
    }
}

#[tokio::test]
async fn a_burst_of_failed_sign_ins_is_one_finding_and_one_message() {
    let rig = Rig::settled().await;
    subscribe(&rig, &["security-failed-sign-ins"]).await;
    for _ in 0..9 {
        assert_eq!(ask(&rig, ("NOSUCHKEY0000000", "x"), "198.51.100.7").await, 401);
    }
    look(&rig).await;
    assert!(found(&rig, "failed-sign-ins").await.is_empty(), "nine are no burst");
    for _ in 0..5 {
        ask(&rig, ("NOSUCHKEY0000000", "x"), "198.51.100.7").await;
        look(&rig).await;
    }
    let all = found(&rig, "failed-sign-ins").await;
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["subject"], &all[0]["state"]), (&json!("198.51.100.7"), &json!("OPEN")));
    rig.clock.advance(Duration::from_secs(60));
    rig.app.deliver_notifications().await.unwrap();
    let sent = rig.mailbox.posts.lock().clone();
    assert_eq!(sent.len(), 1);
    assert!(String::from_utf8_lossy(&sent[0].body).contains("198.51.100.7"));
}

#[tokio::test]
async fn what_was_resolved_is_open_again_only_when_it_happens_again() {
    let rig = Rig::settled().await;
    let burst = async || {
        for _ in 0..10 {
            ask(&rig, ("NOSUCHKEY0000000", "x"), "198.51.100.7").await;
        }
        look(&rig).await;
    };
    burst().await;
    let id = found(&rig, "failed-sign-ins").await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("{FINDINGS}/{id}");
    let state = async || rig.get(&path).await.text("/state");
    rig.call("PATCH", &path, json!({"state": "ACKNOWLEDGED"})).await.expect(200);
    burst().await;
    assert_eq!(state().await, "ACKNOWLEDGED", "somebody knows of it");
    rig.call("PATCH", &path, json!({"state": "RESOLVED"})).await.expect(200);
    look(&rig).await;
    assert_eq!(state().await, "RESOLVED", "the same events are no news");
    burst().await;
    assert_eq!(state().await, "OPEN");
    rig.call("PATCH", &path, json!({"state": "GONE"})).await.expect(422);
}

#[tokio::test]
async fn a_key_from_a_new_address_is_found_once_it_is_known() {
    let rig = Rig::settled().await;
    let (key, secret) = rig.auth.clone();
    assert_eq!(ask(&rig, (&key, &secret), "192.0.2.10").await, 201);
    assert_eq!(ask(&rig, (&key, &secret), "192.0.2.11").await, 201);
    look(&rig).await;
    assert!(found(&rig, "new-address").await.is_empty(), "its addresses are learned");
    rig.clock.advance(Duration::from_secs(25 * 3600));
    assert_eq!(ask(&rig, (&key, &secret), "192.0.2.11").await, 201);
    look(&rig).await;
    assert!(found(&rig, "new-address").await.is_empty(), "it was used from there");
    assert_eq!(ask(&rig, (&key, &secret), "203.0.113.5").await, 201);
    for _ in 0..3 {
        look(&rig).await;
    }
    let all = found(&rig, "new-address").await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["subject"], format!("{key} 203.0.113.5"));
    assert!(!all[0].to_string().contains(&secret));
}

#[tokio::test]
async fn how_things_are_is_found_and_resolved_by_itself() {
    let rig = Rig::settled().await;
    look(&rig).await;
    assert_eq!(rig.get(FINDINGS).await.body["data"], json!([]), "a fresh Weir has none");
    assert_eq!(rig.get("/weir/v1/security-score").await.expect(200).body["score"], 100);
    let body = json!({"display_name": "robot"});
    let account = rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201).text("/id");
    let crn = format!("crn://confluent.cloud/organization={}", rig.first.organization_id);
    let body = json!({"principal": format!("User:{account}"), "role_name": "OrganizationAdmin",
        "crn_pattern": crn});
    let binding = rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201).text("/id");
    look(&rig).await;
    assert!(found(&rig, "broad-key").await.is_empty(), "it has no key");
    let body = json!({"spec": {"owner": {"id": account}, "resource": {"id": "cloud"}}});
    rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    look(&rig).await;
    let all = found(&rig, "broad-key").await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["subject"], binding);
    let score = rig.get("/weir/v1/security-score").await.expect(200);
    assert_eq!(
        (&score.body["score"], &score.body["deductions"][0]["points"]),
        (&json!(90), &json!(10))
    );
    let path = format!("{FINDINGS}/{}", all[0]["id"].as_str().unwrap());
    let refused = rig.call("PATCH", &path, json!({"state": "RESOLVED"})).await.expect(409);
    assert_eq!(refused.text("/errors/0/code"), "finding_still_so");
    rig.call("PATCH", &path, json!({"state": "ACKNOWLEDGED"})).await.expect(200);
    assert_eq!(rig.get("/weir/v1/security-score").await.body["score"], 95);
    rig.call("DELETE", &format!("/iam/v2/role-bindings/{binding}"), Value::Null).await.expect(200);
    look(&rig).await;
    assert_eq!(rig.get(&path).await.text("/state"), "RESOLVED");
    assert_eq!(rig.get("/weir/v1/security-score").await.body["score"], 100);
    rig.clock.advance(Duration::from_secs(366 * 86_400));
    look(&rig).await;
    assert!(found(&rig, "old-key").await.len() >= 2, "keys of more than a year");
}

#[tokio::test]
async fn a_change_of_a_finding_is_in_the_audit_log() {
    let rig = Rig::settled().await;
    for _ in 0..10 {
        ask(&rig, ("NOSUCHKEY0000000", "x"), "198.51.100.7").await;
    }
    look(&rig).await;
    let id = found(&rig, "failed-sign-ins").await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("{FINDINGS}/{id}");
    rig.call("PATCH", &path, json!({"state": "RESOLVED"})).await.expect(200);
    let events = rig.get(&format!("/weir/v1/audit-events?resource={id}")).await.expect(200);
    assert_eq!(events.text("/data/0/data/methodName"), "UpdateSecurityFinding");
}
