use serde_json::{Value, json};

use crate::rig::{Rig, Transcript};

#[tokio::test]
async fn service_accounts_and_users_have_their_public_shape() {
    let rig = Rig::settled().await;
    let mut seen = Transcript::default();
    let body = json!({"display_name": "etl job", "description": "nightly"});
    let made = rig.call("POST", "/iam/v2/service-accounts", body.clone()).await;
    seen.add("create", &made);
    seen.add("create again", &rig.call("POST", "/iam/v2/service-accounts", body).await);
    let path = format!("/iam/v2/service-accounts/{}", made.text("/id"));
    let body = json!({"description": "hourly"});
    seen.add("patch", &rig.call("PATCH", &path, body).await);
    let body = json!({"display_name": "x".repeat(65)});
    seen.add("long name", &rig.call("PATCH", &path, body).await);
    let body = json!({"description": "x".repeat(129)});
    seen.add("long description", &rig.call("PATCH", &path, body).await);
    seen.add("list", &rig.get("/iam/v2/service-accounts?page_size=99").await);
    seen.add("delete", &rig.call("DELETE", &path, Value::Null).await);
    seen.add("get after delete", &rig.get(&path).await);
    seen.add("users", &rig.get("/iam/v2/users").await);
    rig.get(&format!("/iam/v2/users/{}", rig.first.user_id)).await.expect(200);
    rig.get("/iam/v2/users/u-none").await.expect(404);
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn names_that_a_client_split_at_spaces_are_found() {
    let rig = Rig::settled().await;
    for name in ["one", "two", "one two"] {
        rig.call("POST", "/iam/v2/service-accounts", json!({"display_name": name}))
            .await
            .expect(201);
    }
    let names = |query: &'static str| {
        let rig = &rig;
        async move {
            let reply = rig.get(&format!("/iam/v2/service-accounts?{query}")).await;
            reply.expect(200).names("display_name")
        }
    };
    assert_eq!(names("display_name=two").await, ["two"]);
    assert_eq!(names("display_name=one%20two").await, ["one two"]);
    assert_eq!(names("display_name=one&display_name=two").await, ["one", "two", "one two"]);
    assert_eq!(names("display_name=").await.len(), 3);
}

#[tokio::test]
async fn deleted_service_account_loses_its_keys_and_bindings() {
    let rig = Rig::settled().await;
    let body = json!({"display_name": "app"});
    let account = rig.call("POST", "/iam/v2/service-accounts", body).await.text("/id");
    let body =
        json!({"spec": {"owner": {"id": account}, "resource": {"id": rig.first.cluster_id}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202).text("/id");
    assert!(rig.brokers.snapshot.lock().keys.contains_key(&key));
    let path = format!("/iam/v2/service-accounts/{account}");
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    assert!(!rig.brokers.snapshot.lock().keys.contains_key(&key));
    rig.get(&format!("/iam/v2/api-keys/{key}")).await.expect(404);
}
