use serde_json::{Value, json};

use crate::rig::{Rig, Transcript};

#[tokio::test]
async fn what_older_command_lines_look_up_has_its_public_shape() {
    let rig = Rig::settled().await;
    let body = json!({"display_name": "etl job", "description": "nightly"});
    rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201);
    let mut seen = Transcript::default();
    seen.add("service accounts", &rig.get("/api/service_accounts").await);
    seen.add("people", &rig.get("/api/users").await);
    seen.add("limits", &rig.get("/api/usage_limits?provider=aws&lkc_id=lkc-a&env_id=env-a").await);
    seen.add("roles", &rig.get("/api/metadata/security/v2alpha1/roles").await);
    seen.add("role", &rig.get("/api/metadata/security/v2alpha1/roles/EnvironmentAdmin").await);
    seen.add("no role", &rig.get("/api/metadata/security/v2alpha1/roles/Nobody").await);
    seen.add("names", &rig.get("/api/metadata/security/v2alpha1/roleNames").await);
    let other = "/api/metadata/security/v2alpha1/roles?namespace=usm";
    seen.add("roles of another namespace", &rig.get(other).await);
    seen.add("usage", &rig.call("POST", "/api/cli/v1/usages", json!({"os": "linux"})).await);
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn every_page_of_the_accounts_is_in_the_one_list_of_v1() {
    let rig = Rig::settled().await;
    for n in 0..105 {
        let body = json!({"display_name": format!("account {n}")});
        rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201);
    }
    let reply = rig.get("/service_accounts").await.expect(200);
    let users = reply.body["users"].as_array().unwrap().clone();
    assert_eq!(users.len(), 105);
    assert!(users.iter().all(|user| user["id"].as_i64().unwrap() > 0));
}

#[tokio::test]
async fn clouds_are_in_lower_case_and_every_region_can_be_asked_for() {
    let rig = Rig::settled().await;
    let reply = rig.get("/api/env_metadata").await.expect(200);
    let clouds: Vec<Value> = reply.body["clouds"].as_array().unwrap().clone();
    let ids: Vec<_> = clouds.iter().map(|cloud| cloud["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["aws", "azure", "gcp"]);
    let region = clouds[0]["regions"].as_array().unwrap().iter().find(|r| r["id"] == "us-east-2");
    assert_eq!(region.unwrap()["is_schedulable"], json!(true));
}
