use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::{Rig, Transcript};

#[tokio::test]
async fn api_keys_have_their_public_shape() {
    let rig = Rig::settled().await;
    let mut seen = Transcript::default();
    let path = "/iam/v2/api-keys";
    let body = json!({"spec": {"display_name": "k", "owner": {"id": rig.first.user_id},
        "resource": {"id": rig.first.cluster_id}}});
    let made = rig.call("POST", path, body).await;
    seen.add("create for a cluster", &made);
    let body = json!({"spec": {"owner": {"id": rig.first.user_id}}});
    seen.add("create for the cloud", &rig.call("POST", path, body).await);
    let one = format!("{path}/{}", made.text("/id"));
    let body = json!({"spec": {"description": "d"}});
    seen.add("patch", &rig.call("PATCH", &one, body).await);
    let body = json!({"spec": {"owner": {"id": "sa-2"}}});
    seen.add("change the owner", &rig.call("PATCH", &one, body).await);
    let body = json!({"spec": {"resource": {"id": "lsrc-1"}}});
    seen.add("create for a registry", &rig.call("POST", path, body).await);
    let body = json!({"spec": {"resource": {"id": "lkc-none"}}});
    seen.add("create for no cluster", &rig.call("POST", path, body).await);
    let body = json!({"spec": {"owner": {"id": "sa-none"}}});
    seen.add("create for nobody", &rig.call("POST", path, body).await);
    let filter = format!("{path}?spec.resource={}&spec.owner=", rig.first.cluster_id);
    assert_eq!(rig.get(&filter).await.names("id").len(), 2);
    seen.add("delete", &rig.call("DELETE", &one, Value::Null).await);
    seen.add("get after delete", &rig.get(&one).await);
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn secret_is_shown_once() {
    let rig = Rig::settled().await;
    let made = rig.call("POST", "/iam/v2/api-keys", json!({"spec": {}})).await.expect(202);
    let secret = made.text("/spec/secret");
    assert_eq!(secret.len(), 64);
    let one = rig.get(&format!("/iam/v2/api-keys/{}", made.text("/id"))).await.expect(200);
    let all = rig.get("/iam/v2/api-keys?page_size=100").await.expect(200);
    assert!(one.body["spec"].get("secret").is_none());
    assert!(!one.body.to_string().contains(&secret) && !all.body.to_string().contains(&secret));
}

#[tokio::test]
async fn key_is_in_force_at_brokers_when_it_is_answered_and_out_of_it_when_deleted() {
    let rig = Rig::settled().await;
    let body = json!({"display_name": "app"});
    let account = rig.call("POST", "/iam/v2/service-accounts", body).await.text("/id");
    let body =
        json!({"spec": {"owner": {"id": account}, "resource": {"id": rig.first.cluster_id}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202).text("/id");
    let entry = rig.brokers.snapshot.lock().keys.get(&key).cloned().unwrap();
    assert_eq!(entry.principal, account);
    assert_eq!(entry.tenant.as_str(), rig.first.cluster_id);
    assert!(!entry.cluster_admin, "no role yet");

    let crn = format!(
        "crn://confluent.cloud/organization={}/environment={}/cloud-cluster={}",
        rig.first.organization_id, rig.first.environment_id, rig.first.cluster_id
    );
    let body = json!({"principal": format!("User:{account}"), "role_name": "CloudClusterAdmin",
        "crn_pattern": crn});
    let binding = rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201).text("/id");
    assert!(rig.brokers.snapshot.lock().keys[&key].cluster_admin);
    let path = format!("/iam/v2/role-bindings/{binding}");
    rig.call("DELETE", &path, Value::Null).await.expect(200);
    assert!(!rig.brokers.snapshot.lock().keys[&key].cluster_admin);
    rig.call("DELETE", &format!("/iam/v2/api-keys/{key}"), Value::Null).await.expect(204);
    assert!(!rig.brokers.snapshot.lock().keys.contains_key(&key));
}

#[tokio::test]
async fn key_that_brokers_do_not_take_is_not_made() {
    let rig = Rig::settled().await;
    let before = rig.get("/iam/v2/api-keys").await.names("id");
    *rig.brokers.down.lock() = true;
    let body = json!({"spec": {"resource": {"id": rig.first.cluster_id}}});
    let refused = rig.call("POST", "/iam/v2/api-keys", body).await.expect(503);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(rig.get("/iam/v2/api-keys").await.names("id"), before);
}

#[tokio::test]
async fn key_that_was_deleted_while_brokers_were_away_is_gone_once_they_are_back() {
    let rig = Rig::settled().await;
    let body = json!({"spec": {"resource": {"id": rig.first.cluster_id}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202).text("/id");
    *rig.brokers.down.lock() = true;
    rig.call("DELETE", &format!("/iam/v2/api-keys/{key}"), Value::Null).await.expect(503);
    *rig.brokers.down.lock() = false;
    let gone = async {
        while rig.brokers.snapshot.lock().keys.contains_key(&key) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = rig.app.repair_access() => {}
        found = tokio::time::timeout(Duration::from_secs(30), gone) => found.unwrap(),
    }
}

/// As far as keys of the rig are concerned, in the far future.
const NOON: &str = "2023-11-15T12:00:00Z";

#[tokio::test]
async fn key_opens_nothing_from_the_moment_that_it_expires() {
    let rig = Rig::settled().await;
    let make = async |resource: &str| {
        let body = json!({"spec": {"resource": {"id": resource}, "expires_at": NOON}});
        rig.call("POST", "/iam/v2/api-keys", body).await.expect(202)
    };
    let (cloud, kafka) = (make("cloud").await, make(&rig.first.cluster_id).await);
    assert_eq!(cloud.text("/spec/expires_at"), NOON);
    let shown = rig.get(&format!("/iam/v2/api-keys/{}", kafka.text("/id"))).await.expect(200);
    assert_eq!(shown.text("/spec/expires_at"), NOON);
    let view = rig.with_key(&cloud.text("/id"), &cloud.text("/spec/secret"));
    view.get("/org/v2/environments").await.expect(200);
    assert_eq!(rig.app.end_expired_keys().await, Ok(0));
    assert!(rig.brokers.snapshot.lock().keys.contains_key(&kafka.text("/id")));

    rig.clock.advance(Duration::from_secs(14 * 3600));
    let refused = view.get("/org/v2/environments").await.expect(401);
    assert!(refused.detail().contains("has expired"), "{}", refused.detail());
    let other = rig.with_key(&cloud.text("/id"), "another secret");
    let refused = other.get("/org/v2/environments").await.expect(401);
    assert!(!refused.detail().contains("expired"), "{}", refused.detail());
    // Whatever is published from now on leaves it out, also before it is deleted.
    rig.app.publish_access().await.unwrap();
    assert!(!rig.brokers.snapshot.lock().keys.contains_key(&kafka.text("/id")));

    assert_eq!(rig.app.end_expired_keys().await, Ok(2));
    assert_eq!(rig.app.end_expired_keys().await, Ok(0));
    for key in [&cloud, &kafka] {
        rig.get(&format!("/iam/v2/api-keys/{}", key.text("/id"))).await.expect(404);
    }
    let events = rig.get("/weir/v1/audit-events?page_size=100").await.expect(200);
    let events = events.body["data"].as_array().unwrap();
    let ends: Vec<&Value> =
        events.iter().filter(|it| it["data"]["methodName"] == "ExpireApiKey").collect();
    let mut about: Vec<&str> = ends
        .iter()
        .filter_map(|it| it["data"]["authorizationInfo"]["resourceName"].as_str())
        .collect();
    about.sort_unstable();
    let mut keys = [cloud.text("/id"), kafka.text("/id")];
    keys.sort();
    assert_eq!(about, keys);
}

#[tokio::test]
async fn expired_key_that_brokers_are_not_told_of_is_told_once_they_are_back() {
    let rig = Rig::settled().await;
    let body = json!({"spec": {"resource": {"id": rig.first.cluster_id}, "expires_at": NOON}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202).text("/id");
    rig.clock.advance(Duration::from_secs(14 * 3600));
    *rig.brokers.down.lock() = true;
    rig.app.end_expired_keys().await.unwrap_err();
    assert!(rig.brokers.snapshot.lock().keys.contains_key(&key));
    *rig.brokers.down.lock() = false;
    let gone = async {
        while rig.brokers.snapshot.lock().keys.contains_key(&key) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = rig.app.repair_access() => {}
        found = tokio::time::timeout(Duration::from_secs(30), gone) => found.unwrap(),
    }
}

#[tokio::test]
async fn end_of_a_key_is_a_time_in_the_future_and_stays() {
    let rig = Rig::settled().await;
    for (time, says) in [("tomorrow", "RFC 3339"), ("2020-01-01T00:00:00Z", "in the future")] {
        let body = json!({"spec": {"expires_at": time}});
        let refused = rig.call("POST", "/iam/v2/api-keys", body).await.expect(422);
        assert!(refused.detail().contains(says), "{}", refused.detail());
        assert_eq!(refused.text("/errors/0/source/pointer"), "/spec/expires_at");
    }
    let body = json!({"spec": {"expires_at": NOON}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202).text("/id");
    let one = format!("/iam/v2/api-keys/{key}");
    let same = json!({"spec": {"description": "d", "expires_at": NOON}});
    rig.call("PATCH", &one, same).await.expect(200);
    let later = json!({"spec": {"expires_at": "2029-01-01T00:00:00Z"}});
    let refused = rig.call("PATCH", &one, later).await.expect(422);
    assert!(refused.detail().contains("cannot change"), "{}", refused.detail());
}
