use serde_json::{Value, json};

use crate::rig::{Rig, Transcript};

#[tokio::test]
async fn environments_have_their_public_shape() {
    let rig = Rig::settled().await;
    let mut seen = Transcript::default();
    seen.add("list", &rig.get("/org/v2/environments").await);
    let body = json!({
        "display_name": "prod",
        "stream_governance_config": {"package": "ESSENTIALS"},
        "surprise": 1, "kind": "Environment", "stream_governance_config2": {},
    });
    let made = rig.call("POST", "/org/v2/environments", body.clone()).await;
    seen.add("create with unknown members", &made);
    seen.add("create again", &rig.call("POST", "/org/v2/environments", body).await);
    let path = format!("/org/v2/environments/{}", made.text("/id"));
    let body = json!({
        "display_name": "prod 2", "stream_governance_config": {"package": "ADVANCED"},
    });
    seen.add("patch", &rig.call("PATCH", &path, body).await);
    let lower = json!({"stream_governance_config": {"package": "ESSENTIALS"}});
    seen.add("lower the package", &rig.call("PATCH", &path, lower).await);
    seen.add("get", &rig.get(&path).await);
    seen.add("no name", &rig.call("POST", "/org/v2/environments", json!({})).await);
    seen.add("delete", &rig.call("DELETE", &path, Value::Null).await);
    seen.add("get after delete", &rig.get(&path).await);
    seen.add("organizations", &rig.get("/org/v2/organizations").await);
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn deleted_environment_takes_everything_with_it_and_frees_its_name() {
    let rig = Rig::settled().await;
    let environment = rig
        .call("POST", "/org/v2/environments", json!({"display_name": "e"}))
        .await
        .expect(201)
        .text("/id");
    let spec = json!({"spec": {"display_name": "c", "cloud": "AWS", "region": "eu-west-1",
        "environment": {"id": environment}}});
    let cluster = rig.call("POST", "/cmk/v2/clusters", spec).await.expect(202).text("/id");
    rig.settle().await;
    let key = json!({"spec": {"resource": {"id": cluster}}});
    let key = rig.call("POST", "/iam/v2/api-keys", key).await.expect(202).text("/id");
    assert!(rig.cell.content().contains_key(&cluster));

    let path = format!("/org/v2/environments/{environment}");
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    let snapshot = rig.brokers.snapshot.lock().clone();
    assert!(!snapshot.keys.contains_key(&key), "the key works no longer");
    assert!(!snapshot.tenants.contains(&cluster.parse().unwrap()));
    rig.get(&format!("/cmk/v2/clusters/{cluster}?environment={environment}")).await.expect(404);
    rig.get(&format!("/cmk/v2/clusters?environment={environment}")).await.expect(404);
    rig.get(&format!("/iam/v2/api-keys/{key}")).await.expect(404);
    rig.call("POST", "/org/v2/environments", json!({"display_name": "e"})).await.expect(201);
    rig.settle().await;
    assert!(!rig.cell.content().contains_key(&cluster), "the tenant is gone");
}
