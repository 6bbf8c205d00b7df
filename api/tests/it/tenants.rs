//! Two organisations of one control plane, with everything in both: the administrator of one asks for every
//! operation of the description with what the other has, and finds nothing.

use std::fmt::Write as _;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::Value;

use crate::rig::{Rig, basic};
use crate::walk::{Operation, World};

/// Status and text of an answer.
async fn ask(rig: &Rig, operation: &Operation, auth: &(String, String)) -> (u16, String) {
    let response = rig.answer(operation.request(Some(auth))).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// Everything that an administrator can list and read of theirs, as text.
async fn shown(world: &World) -> String {
    let (rig, mut text) = (&world.rig, String::new());
    let kafka = (rig.secrets.kafka_api_key.clone(), rig.secrets.kafka_api_secret.clone());
    for operation in world.operations() {
        // Readiness and what brokers count are not theirs.
        let reads = operation.id.starts_with("list_") || operation.id.starts_with("get_");
        if !reads || operation.is_session {
            continue;
        }
        let auth = if operation.is_kafka { &kafka } else { &rig.auth };
        let (status, body) = ask(rig, &operation, auth).await;
        let _ = writeln!(text, "{} {status} {body}", operation.id);
    }
    text
}

#[tokio::test]
async fn nothing_of_another_organization_is_there_for_its_administrator() {
    let (ours, theirs) = Rig::two_organizations().await;
    // The same names in both: they are taken in one organisation alone.
    let (ours, theirs) = (World::in_rig(ours).await, World::in_rig(theirs).await);
    assert_ne!(ours.rig.first.organization_id, theirs.rig.first.organization_id);
    let before = shown(&theirs).await;
    assert!(theirs.ids().iter().all(|id| before.contains(id)), "it has everything");

    let kafka = (ours.rig.secrets.kafka_api_key.clone(), ours.rig.secrets.kafka_api_secret.clone());
    let mut text = String::new();
    for operation in theirs.operations() {
        if operation.is_open {
            continue;
        }
        let auth = if operation.is_kafka { &kafka } else { &ours.rig.auth };
        let (status, body) = ask(&ours.rig, &operation, auth).await;
        let _ = writeln!(text, "{:32} {status}", operation.id);
        let names_theirs = {
            let sent = format!("{} {}", operation.path, operation.body);
            theirs.ids().iter().any(|id| sent.contains(id))
        };
        // A list answers what there is for whoever asks, which is nothing of theirs.
        let is_refused = [400, 401, 403, 404, 422].contains(&status);
        let is_list = operation.id.starts_with("list_") && status == 200;
        assert!(is_refused || is_list || !names_theirs, "{}: {status} {body}", operation.id);
        if status < 300 {
            // The links of a list repeat what was asked for.
            let read: Value = serde_json::from_str(&body).unwrap_or_default();
            let shown = read.get("data").unwrap_or(&read).to_string();
            for id in theirs.ids() {
                assert!(!shown.contains(id), "{} shows {id}: {shown}", operation.id);
            }
        }
    }
    assert_eq!(shown(&theirs).await, before, "nothing of theirs changed");
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn lists_go_through_all_pages_without_another_organization() {
    let (ours, theirs) = Rig::two_organizations().await;
    let (ours, theirs) = (World::in_rig(ours).await, World::in_rig(theirs).await);
    for path in [
        "/org/v2/environments",
        "/org/v2/organizations",
        "/iam/v2/service-accounts",
        "/iam/v2/users",
        "/iam/v2/invitations",
        "/iam/v2/api-keys",
        "/iam/v2/ip-groups",
        "/iam/v2/ip-filters",
    ] {
        let (mut token, mut seen) = (String::new(), 0);
        loop {
            let page = ours.rig.get(&format!("{path}?page_size=1{token}")).await.expect(200);
            let text = page.body.to_string();
            assert!(theirs.ids().iter().all(|id| !text.contains(id)), "{path}: {text}");
            seen += page.body["data"].as_array().unwrap().len();
            let Some(next) = page.body["metadata"]["next"].as_str() else { break };
            token = format!("&page_token={}", next.split("page_token=").nth(1).unwrap());
        }
        assert!(seen > 0, "{path} shows ours");
    }
}

#[tokio::test]
async fn the_snapshot_of_brokers_opens_each_cluster_to_its_own_organization() {
    let (ours, theirs) = Rig::two_organizations().await;
    let snapshot = ours.brokers.snapshot.lock().clone();
    for rig in [&ours, &theirs] {
        let entry = &snapshot.keys[&rig.secrets.kafka_api_key];
        assert_eq!(entry.tenant.as_str(), rig.first.cluster_id);
        assert_eq!(entry.principal, rig.first.user_id);
        assert!(entry.cluster_admin);
    }
    let path = format!("/kafka/v3/clusters/{}/topics", theirs.first.cluster_id);
    let (key, secret) = (&ours.secrets.kafka_api_key, &ours.secrets.kafka_api_secret);
    let request = Request::builder()
        .uri(path)
        .header("host", "localhost")
        .header("authorization", basic(key, secret));
    let reply = ours.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status.as_u16(), 401, "{}", reply.body);
    assert_ne!(reply.body, Value::Null);
}
