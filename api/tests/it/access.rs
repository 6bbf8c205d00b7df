use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{Rig, Transcript};

/// Makes a service account with a role and a Cloud key: key and secret.
async fn account(rig: &Rig, name: &str, role: &str, crn: &str) -> (String, String) {
    let body = json!({"display_name": name});
    let id = rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201).text("/id");
    if !role.is_empty() {
        let body =
            json!({"principal": format!("User:{id}"), "role_name": role, "crn_pattern": crn});
        rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201);
    }
    let body = json!({"spec": {"owner": {"id": id}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    (key.text("/id"), key.text("/spec/secret"))
}

#[tokio::test]
async fn wrong_credentials_are_refused_with_a_challenge() {
    let rig = Rig::settled().await;
    let (key, secret) = rig.auth.clone();
    let mut seen = Transcript::default();
    let path = "/org/v2/environments";
    seen.add("wrong secret", &rig.with_key(&key, "wrong").get(path).await);
    seen.add("unknown key", &rig.with_key("AAAAAAAAAAAAAAAA", &secret).get(path).await);
    seen.add("cluster key on the control plane", &rig.kafka().get(path).await);
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    seen.add("Cloud key on a cluster", &rig.get(&topics).await);
    seen.add(
        "key of another cluster",
        &rig.kafka().get("/kafka/v3/clusters/lkc-other/topics").await,
    );
    for header in [None, Some("Bearer abc"), Some("Basic !!!"), Some("Basic YWJj")] {
        let mut request = Request::builder().uri(path).header("host", "localhost");
        if let Some(value) = header {
            request = request.header("authorization", value);
        }
        let reply = rig.send(request.body(Body::empty()).unwrap()).await;
        seen.add(&format!("{header:?}"), &reply);
    }
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn other_scopes_do_not_exist_for_an_environment_admin() {
    let rig = Rig::settled().await;
    let (first, cluster) = (&rig.first.environment_id, &rig.first.cluster_id);
    let body = json!({"display_name": "theirs"});
    let theirs = rig.call("POST", "/org/v2/environments", body).await.text("/id");
    let org = format!("crn://confluent.cloud/organization={}", rig.first.organization_id);
    let crn = format!("{org}/environment={theirs}");
    let (key, secret) = account(&rig, "admin", "EnvironmentAdmin", &crn).await;
    let view = rig.with_key(&key, &secret);

    assert_eq!(view.get("/org/v2/environments").await.names("id"), [theirs.as_str()]);
    view.get(&format!("/org/v2/environments/{first}")).await.expect(404);
    view.get(&format!("/cmk/v2/clusters/{cluster}?environment={first}")).await.expect(404);
    view.get(&format!("/cmk/v2/clusters?environment={first}")).await.expect(404);
    let own = view.get(&format!("/cmk/v2/clusters?environment={theirs}")).await.expect(200);
    assert_eq!(own.names("id"), [] as [&str; 0]);
    let body = json!({"display_name": "more"});
    view.call("POST", "/org/v2/environments", body.clone()).await.expect(403);
    view.call("POST", "/iam/v2/service-accounts", body).await.expect(403);
    let body = json!({"spec": {"resource": {"id": cluster}}});
    view.call("POST", "/iam/v2/api-keys", body).await.expect(404);
    let body = json!({"spec": {"owner": {"id": rig.first.user_id}}});
    view.call("POST", "/iam/v2/api-keys", body).await.expect(403);
    let principal = format!("User:{}", rig.first.user_id);
    let body =
        json!({"principal": principal, "role_name": "OrganizationAdmin", "crn_pattern": org});
    view.call("POST", "/iam/v2/role-bindings", body).await.expect(403);
    let keys = view.get("/iam/v2/api-keys").await.expect(200).names("id");
    assert_eq!(keys, [key]);
    let spec = json!({"spec": {"display_name": "c", "cloud": "GCP", "region": "us-central1",
        "environment": {"id": theirs}}});
    view.call("POST", "/cmk/v2/clusters", spec).await.expect(202);
}

#[tokio::test]
async fn cluster_admin_sees_one_cluster_and_cannot_make_another() {
    let rig = Rig::settled().await;
    let (environment, cluster) = (&rig.first.environment_id, &rig.first.cluster_id);
    let spec = json!({"spec": {"display_name": "other", "cloud": "AWS", "region": "us-east-2",
        "environment": {"id": environment}}});
    rig.call("POST", "/cmk/v2/clusters", spec.clone()).await.expect(202);
    let crn = format!(
        "crn://confluent.cloud/organization={}/environment={environment}/cloud-cluster={cluster}",
        rig.first.organization_id
    );
    let (key, secret) = account(&rig, "admin", "CloudClusterAdmin", &crn).await;
    let view = rig.with_key(&key, &secret);
    let list = view.get(&format!("/cmk/v2/clusters?environment={environment}")).await.expect(200);
    assert_eq!(list.names("id"), [cluster.as_str()]);
    view.call("POST", "/cmk/v2/clusters", spec).await.expect(403);
    let path = format!("/org/v2/environments/{environment}");
    view.call("PATCH", &path, json!({"display_name": "mine"})).await.expect(403);
    view.call("DELETE", &path, Value::Null).await.expect(403);
}

#[tokio::test]
async fn key_without_a_role_lists_nothing_and_may_not_change_topics() {
    let rig = Rig::settled().await;
    let body = json!({"display_name": "app"});
    let account = rig.call("POST", "/iam/v2/service-accounts", body).await.text("/id");
    let body =
        json!({"spec": {"owner": {"id": account}, "resource": {"id": rig.first.cluster_id}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    let body = json!({"topic_name": "t"});
    rig.kafka().call("POST", &topics, body.clone()).await.expect(201);
    let (id, secret) = (key.text("/id"), key.text("/spec/secret"));
    let view = rig.with_key(&id, &secret);
    assert_eq!(view.get(&topics).await.expect(200).names("topic_name"), [] as [&str; 0]);
    let refused = view.call("POST", &topics, body).await.expect(403);
    assert_eq!(refused.body["error_code"], 40301);
}
