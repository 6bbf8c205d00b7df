use serde_json::{Value, json};

use crate::rig::{Rig, Transcript};

fn spec(environment: &str, config: Value) -> Value {
    json!({"spec": {
        "display_name": "orders", "availability": "MULTI_ZONE", "cloud": "aws",
        "region": "eu-central-1", "config": config, "environment": {"id": environment},
    }})
}

#[tokio::test]
async fn clusters_have_their_public_shape() {
    let rig = Rig::settled().await;
    let environment = rig.first.environment_id.clone();
    let mut seen = Transcript::default();
    let made =
        rig.call("POST", "/cmk/v2/clusters", spec(&environment, json!({"kind": "Basic"}))).await;
    seen.add("create", &made);
    rig.settle().await;
    let path = format!("/cmk/v2/clusters/{}", made.text("/id"));
    let scoped = format!("{path}?environment={environment}");
    seen.add("get when there", &rig.get(&scoped).await);
    let body = json!({"spec": {"environment": {"id": environment}, "display_name": "orders 2",
        "config": {"kind": "Standard"}, "deletion_protection": true}});
    seen.add("patch", &rig.call("PATCH", &path, body).await);
    rig.settle().await;
    seen.add("delete while protected", &rig.call("DELETE", &scoped, Value::Null).await);
    let body = json!({"spec": {"environment": {"id": environment}, "deletion_protection": false}});
    rig.call("PATCH", &path, body).await.expect(200);
    let body = json!({"spec": {"environment": {"id": environment}, "region": "us-west-2"}});
    seen.add("change the region", &rig.call("PATCH", &path, body).await);
    let body = json!({"spec": {"environment": {"id": environment}, "config": {"kind": "Basic"}}});
    seen.add("downgrade", &rig.call("PATCH", &path, body).await);
    seen.add("list", &rig.get(&format!("/cmk/v2/clusters?environment={environment}")).await);
    seen.add("list without environment", &rig.get("/cmk/v2/clusters").await);
    seen.add("get in another environment", &rig.get(&format!("{path}?environment=env-x")).await);
    seen.add("delete", &rig.call("DELETE", &scoped, Value::Null).await);
    seen.add("get after delete", &rig.get(&scoped).await);
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn bad_cluster_wishes_are_refused_with_what_is_allowed() {
    let rig = Rig::settled().await;
    let environment = rig.first.environment_id.clone();
    let mut seen = Transcript::default();
    let good = spec(&environment, json!({"kind": "Basic"}));
    for (what, pointer, value) in [
        ("cloud", "/spec/cloud", json!("ORACLE")),
        ("region", "/spec/region", json!("mars-1")),
        ("availability", "/spec/availability", json!("THREE")),
        ("kind in lower case", "/spec/config/kind", json!("basic")),
        ("cku of Basic", "/spec/config", json!({"kind": "Basic", "cku": 1})),
        ("Dedicated without cku", "/spec/config", json!({"kind": "Dedicated"})),
        ("Dedicated with one cku", "/spec/config", json!({"kind": "Dedicated", "cku": 1})),
        ("long name", "/spec/display_name", json!("x".repeat(65))),
        ("blank name", "/spec/display_name", json!(" ")),
        ("environment", "/spec/environment/id", json!("env-none")),
        ("wrong type", "/spec/config/cku", json!("two")),
    ] {
        let mut body = good.clone();
        if let Some(place) = body.pointer_mut(pointer) {
            *place = value;
        } else {
            body["spec"]["config"]["cku"] = value;
        }
        seen.add(what, &rig.call("POST", "/cmk/v2/clusters", body).await);
    }
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn every_region_of_the_catalogue_is_accepted_and_kept() {
    let rig = Rig::settled().await;
    for cloud in common_types::catalogue::CLOUDS {
        for region in [cloud.regions[0], cloud.regions[cloud.regions.len() - 1]] {
            let mut body = spec(&rig.first.environment_id, json!({"kind": "Freight"}));
            body["spec"]["cloud"] = json!(cloud.name.to_lowercase());
            body["spec"]["region"] = json!(region);
            let made = rig.call("POST", "/cmk/v2/clusters", body).await.expect(202);
            assert_eq!(made.text("/spec/cloud"), cloud.name);
            assert_eq!(made.text("/spec/region"), region);
            assert_eq!(made.body["status"]["labels"]["weir.placement"], "local");
        }
    }
}

#[tokio::test]
async fn registry_appears_with_the_first_cluster_of_a_governed_environment() {
    let rig = Rig::settled().await;
    let body = json!({"display_name": "g", "stream_governance_config": {"package": "ESSENTIALS"}});
    let environment = rig.call("POST", "/org/v2/environments", body).await.text("/id");
    let path = format!("/srcm/v3/clusters?environment={environment}");
    let mut seen = Transcript::default();
    seen.add("before a cluster", &rig.get(&path).await);
    for _ in 0..2 {
        let body = spec(&environment, json!({"kind": "Standard"}));
        rig.call("POST", "/cmk/v2/clusters", body).await.expect(202);
    }
    let list = rig.get(&path).await;
    seen.add("after two clusters", &list);
    let one = format!("/srcm/v3/clusters/{}?environment={environment}", list.text("/data/0/id"));
    assert_eq!(rig.get(&one).await.expect(200).body, list.body["data"][0]);
    rig.get(&format!("/srcm/v3/clusters?environment={}", rig.first.environment_id))
        .await
        .expect(200);
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn governance_that_comes_later_brings_the_registry() {
    let rig = Rig::settled().await;
    let environment = &rig.first.environment_id;
    let body = json!({"stream_governance_config": {"package": "ADVANCED"}});
    rig.call("PATCH", &format!("/org/v2/environments/{environment}"), body).await.expect(200);
    let list = rig.get(&format!("/srcm/v3/clusters?environment={environment}")).await;
    assert_eq!(list.text("/data/0/spec/package"), "ADVANCED");
    assert_eq!(list.text("/data/0/spec/region"), "us-east-1");
}
