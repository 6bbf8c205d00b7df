//! An IP filter refuses.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{HERE, Reply, Rig, Transcript, basic};

const ELSEWHERE: &str = "198.51.100.7";

async fn get_from(rig: &Rig, address: &str, path: &str) -> Reply {
    let address = SocketAddr::new(address.parse().unwrap(), 50_000);
    let request = Request::builder()
        .uri(path)
        .header("host", "localhost")
        .header("authorization", basic(&rig.auth.0, &rig.auth.1))
        .extension(ConnectInfo(address))
        .body(Body::empty());
    rig.send(request.unwrap()).await
}

async fn make_group(rig: &Rig, name: &str, blocks: &[&str]) -> String {
    let body = json!({"group_name": name, "cidr_blocks": blocks});
    rig.call("POST", "/iam/v2/ip-groups", body).await.expect(201).text("/id")
}

fn filter(name: &str, groups: &[&str]) -> Value {
    let groups: Vec<_> = groups.iter().map(|id| json!({"id": id})).collect();
    json!({"filter_name": name, "resource_group": "management", "ip_groups": groups})
}

#[tokio::test]
async fn address_outside_of_every_filter_is_refused_until_they_are_gone() {
    let rig = Rig::settled().await;
    let path = "/org/v2/environments";
    get_from(&rig, ELSEWHERE, path).await.expect(200);
    let office = make_group(&rig, "office", &["192.0.2.0/24", "2001:db8::/32"]).await;
    get_from(&rig, ELSEWHERE, path).await.expect(200);
    let made = rig.call("POST", "/iam/v2/ip-filters", filter("f", &[&office])).await.expect(201);

    let refused = get_from(&rig, ELSEWHERE, path).await.expect(401);
    assert_eq!(refused.text("/errors/0/code"), "ip_address_refused");
    assert!(refused.detail().contains(ELSEWHERE), "{}", refused.detail());
    for address in [HERE, "2001:db8::9", "::ffff:192.0.2.9"] {
        get_from(&rig, address, path).await.expect(200);
    }
    get_from(&rig, "2001:db9::9", path).await.expect(401);

    let lab = make_group(&rig, "lab", &["198.51.100.7/32"]).await;
    let second = rig.call("POST", "/iam/v2/ip-filters", filter("g", &[&lab])).await.expect(201);
    get_from(&rig, ELSEWHERE, path).await.expect(200);
    let body = json!({"cidr_blocks": ["198.51.100.8/32"]});
    rig.call("PATCH", &format!("/iam/v2/ip-groups/{lab}"), body).await.expect(200);
    get_from(&rig, ELSEWHERE, path).await.expect(401);
    for id in [second.text("/id"), made.text("/id")] {
        let path = format!("/iam/v2/ip-filters/{id}");
        rig.call("DELETE", &path, Value::Null).await.expect(204);
    }
    get_from(&rig, ELSEWHERE, path).await.expect(200);
}

#[tokio::test]
async fn nobody_locks_themselves_out() {
    let rig = Rig::settled().await;
    let away = make_group(&rig, "away", &["198.51.100.0/24"]).await;
    let path = "/iam/v2/ip-filters";
    let refused = rig.call("POST", path, filter("f", &[&away])).await.expect(409);
    assert_eq!(refused.text("/errors/0/code"), "would_lock_out");
    let here = make_group(&rig, "here", &["192.0.2.10/32"]).await;
    let made = rig.call("POST", path, filter("f", &[&here])).await.expect(201);
    let one = format!("{path}/{}", made.text("/id"));
    rig.call("PATCH", &one, filter("f", &[&away])).await.expect(409);
    let group = format!("/iam/v2/ip-groups/{here}");
    let body = json!({"cidr_blocks": ["198.51.100.0/24"]});
    rig.call("PATCH", &group, body).await.expect(409);
    let held = rig.call("DELETE", &group, Value::Null).await.expect(409);
    assert_eq!(held.text("/errors/0/code"), "ip_group_in_use");
    rig.call("PATCH", &one, filter("f", &[&away, &here])).await.expect(200);
    get_from(&rig, ELSEWHERE, "/org/v2/environments").await.expect(200);
    rig.call("DELETE", &one, Value::Null).await.expect(204);
    rig.call("DELETE", &group, Value::Null).await.expect(204);
}

#[tokio::test]
async fn ip_groups_and_filters_have_their_public_shape() {
    let rig = Rig::settled().await;
    let mut seen = Transcript::default();
    let group = json!({"group_name": "office", "cidr_blocks": ["192.0.2.0/24"]});
    let made = rig.call("POST", "/iam/v2/ip-groups", group.clone()).await;
    seen.add("group", &made);
    seen.add("name taken", &rig.call("POST", "/iam/v2/ip-groups", group).await);
    let bad = json!({"group_name": "x", "cidr_blocks": ["192.0.2.1/24"]});
    seen.add("bad block", &rig.call("POST", "/iam/v2/ip-groups", bad).await);
    seen.add("groups", &rig.get("/iam/v2/ip-groups").await);
    let id = made.text("/id");
    let mut body = filter("rules", &[&id]);
    body["resource_group"] = json!("multiple");
    body["operation_groups"] = json!(["MANAGEMENT"]);
    let made = rig.call("POST", "/iam/v2/ip-filters", body.clone()).await;
    seen.add("filter", &made);
    body["operation_groups"] = json!(["KAFKA_DATA"]);
    seen.add("not filtered yet", &rig.call("POST", "/iam/v2/ip-filters", body.clone()).await);
    body["operation_groups"] = json!(["NONE"]);
    seen.add("no such group", &rig.call("POST", "/iam/v2/ip-filters", body).await);
    let nothing = filter("more", &["ipg-none"]);
    seen.add("no such IP group", &rig.call("POST", "/iam/v2/ip-filters", nothing).await);
    seen.add("filters", &rig.get("/iam/v2/ip-filters").await);
    let scope = format!("crn://confluent.cloud/organization={}", rig.first.organization_id);
    let summary = format!("/iam/v2/ip-filter-summary?scope={scope}");
    seen.add("summary", &rig.get(&summary).await);
    let own = rig.get(&format!("/iam/v2/ip-filters/{}", made.text("/id"))).await;
    assert_eq!(own.body, made.body);
    insta::assert_snapshot!(seen.0);
}
