//! What is deleted comes back as it was, until its window is over.

use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::{DAY, Reply, Rig};

/// A cluster with everything that gives access to it.
struct Shop {
    cluster: String,
    account: String,
    key: (String, String),
}

fn cluster_at(rig: &Rig, id: &str) -> String {
    format!("/cmk/v2/clusters/{id}?environment={}", rig.first.environment_id)
}

async fn make_cluster(rig: &Rig, environment: &str, name: &str) -> String {
    let body = json!({"spec": {"display_name": name, "cloud": "AWS", "region": "us-east-2",
        "environment": {"id": environment}}});
    let made = rig.call("POST", "/cmk/v2/clusters", body).await.expect(202).text("/id");
    rig.settle().await;
    made
}

async fn make_account(rig: &Rig, name: &str) -> String {
    let body = json!({"display_name": name});
    rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201).text("/id")
}

async fn make_key(rig: &Rig, owner: &str, resource: &str) -> (String, String) {
    let body = json!({"spec": {"owner": {"id": owner}, "resource": {"id": resource}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    (key.text("/id"), key.text("/spec/secret"))
}

async fn bind(rig: &Rig, account: &str, role: &str, below: &str) -> String {
    let crn = format!("crn://confluent.cloud/organization={}{below}", rig.first.organization_id);
    let body =
        json!({"principal": format!("User:{account}"), "role_name": role, "crn_pattern": crn});
    rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201).text("/id")
}

async fn shop(rig: &Rig) -> Shop {
    let environment = &rig.first.environment_id;
    let cluster = make_cluster(rig, environment, "shop").await;
    let account = make_account(rig, "till").await;
    let key = make_key(rig, &account, &cluster).await;
    let below = format!("/environment={environment}/cloud-cluster={cluster}");
    bind(rig, &account, "CloudClusterAdmin", &below).await;
    let body = json!({"spec": {"display_name": "slow", "environment": {"id": environment},
        "cluster": {"id": cluster}, "principals": [{"id": account}],
        "throughput": {"ingress_byte_rate": "5", "egress_byte_rate": "5"}}});
    rig.call("POST", "/kafka-quotas/v1/client-quotas", body).await.expect(202);
    let till = rig.with_key(&key.0, &key.1);
    let topics = format!("/kafka/v3/clusters/{cluster}/topics");
    let body = json!({"topic_name": "sales", "partitions_count": 2});
    till.call("POST", &topics, body).await.expect(201);
    let acl = json!({"resource_type": "TOPIC", "resource_name": "sales", "pattern_type": "LITERAL",
        "principal": format!("User:{account}"), "host": "*", "operation": "READ", "permission": "ALLOW"});
    till.call("POST", &format!("/kafka/v3/clusters/{cluster}/acls"), acl).await.expect(201);
    Shop { cluster, account, key }
}

/// All that can be read of the shop, with its key and with the administrator's.
async fn seen(rig: &Rig, shop: &Shop) -> Vec<Value> {
    let environment = &rig.first.environment_id;
    let (till, cluster) = (rig.with_key(&shop.key.0, &shop.key.1), &shop.cluster);
    let mut all = vec![
        till.get(&format!("/kafka/v3/clusters/{cluster}/topics/sales")).await.expect(200).body,
        till.get(&format!("/kafka/v3/clusters/{cluster}/acls")).await.expect(200).body,
    ];
    let crn = format!(
        "crn://confluent.cloud/organization={}/environment={environment}/cloud-cluster={cluster}",
        rig.first.organization_id
    );
    for path in [
        format!("/cmk/v2/clusters/{cluster}?environment={environment}"),
        format!("/iam/v2/api-keys/{}", shop.key.0),
        format!("/iam/v2/role-bindings?crn_pattern={crn}"),
        format!("/kafka-quotas/v1/client-quotas?environment={environment}&spec.cluster={cluster}"),
    ] {
        all.push(rig.get(&path).await.expect(200).body);
    }
    all
}

async fn delete(rig: &Rig, cluster: &str) {
    rig.call("DELETE", &cluster_at(rig, cluster), Value::Null).await.expect(204);
}

async fn restore(rig: &Rig, cluster: &str) -> Reply {
    let path = format!("/weir/v1/deleted-clusters/{cluster}/restore");
    rig.call("POST", &path, Value::Null).await
}

async fn deleted(rig: &Rig) -> Vec<String> {
    rig.get("/weir/v1/deleted-clusters").await.expect(200).names("id")
}

#[tokio::test]
async fn a_deleted_cluster_is_gone_at_once_and_comes_back_as_it_was() {
    let rig = Rig::with_undo(DAY).await;
    let shop = shop(&rig).await;
    let before = seen(&rig, &shop).await;
    delete(&rig, &shop.cluster).await;
    rig.settle().await;

    rig.get(&cluster_at(&rig, &shop.cluster)).await.expect(404);
    rig.get(&format!("/iam/v2/api-keys/{}", shop.key.0)).await.expect(404);
    let till = rig.with_key(&shop.key.0, &shop.key.1);
    till.get(&format!("/kafka/v3/clusters/{}/topics", shop.cluster)).await.expect(401);
    assert!(!rig.brokers.snapshot.lock().keys.contains_key(&shop.key.0), "no broker lets it in");
    assert_eq!(rig.cell.content()[&shop.cluster], ["sales"], "its data stays");
    let row = rig.get(&format!("/weir/v1/deleted-clusters/{}", shop.cluster)).await.expect(200);
    for (member, count) in
        [("api_keys", 1), ("role_bindings", 1), ("acls", 1), ("client_quotas", 1)]
    {
        assert_eq!(row.body[member], count, "{member}");
    }
    assert_eq!(row.text("/deleted_by"), rig.first.user_id);

    let path = format!("/weir/v1/deleted-clusters/{}/restore?dry_run=true", shop.cluster);
    rig.call("POST", &path, Value::Null).await.expect(200);
    assert_eq!(deleted(&rig).await, [shop.cluster.as_str()], "a rehearsal changes nothing");
    let done = restore(&rig, &shop.cluster).await.expect(200);
    assert_eq!(done.body["clusters"], json!([shop.cluster]));
    assert_eq!(done.body["gone_principals"], json!([]));
    assert!(rig.brokers.snapshot.lock().keys.contains_key(&shop.key.0), "in force with the answer");
    rig.settle().await;
    assert_eq!(seen(&rig, &shop).await, before);
    assert_eq!(deleted(&rig).await, Vec::<String>::new());
    let again = restore(&rig, &shop.cluster).await.expect(200);
    assert_eq!(again.body["clusters"], json!([]), "it was there");

    let path = format!("/weir/v1/audit-events?resource={}", shop.cluster);
    let log = rig.get(&path).await.expect(200);
    let methods: Vec<_> =
        log.body["data"].as_array().unwrap().iter().map(|it| &it["data"]["methodName"]).collect();
    assert!(methods.contains(&&json!("DeleteCluster")), "{methods:?}");
    assert!(methods.contains(&&json!("CreateClusterRestore")), "{methods:?}");
}

#[tokio::test]
async fn when_its_window_is_over_its_data_goes_for_good() {
    let rig = Rig::with_undo(DAY).await;
    let shop = shop(&rig).await;
    delete(&rig, &shop.cluster).await;
    rig.clock.advance(DAY - Duration::from_mins(1));
    assert_eq!(rig.app.end_undo_windows().await, Ok(0));
    assert_eq!(deleted(&rig).await, [shop.cluster.as_str()]);
    rig.clock.advance(Duration::from_mins(1));
    // Before anybody looked: what is over is over.
    restore(&rig, &shop.cluster).await.expect(404);
    assert_eq!(deleted(&rig).await, Vec::<String>::new());
    assert_eq!(rig.app.end_undo_windows().await, Ok(1));
    rig.settle().await;
    assert!(!rig.cell.content().contains_key(&shop.cluster));
    restore(&rig, &shop.cluster).await.expect(404);
    assert_eq!(rig.app.end_undo_windows().await, Ok(0));
}

#[tokio::test]
async fn a_purge_ends_the_window_now() {
    let rig = Rig::with_undo(DAY).await;
    let shop = shop(&rig).await;
    let path = format!("/weir/v1/deleted-clusters/{}", shop.cluster);
    rig.call("DELETE", &path, Value::Null).await.expect(404);
    delete(&rig, &shop.cluster).await;
    rig.call("DELETE", &format!("{path}?dry_run=true"), Value::Null).await.expect(204);
    rig.settle().await;
    assert!(rig.cell.content().contains_key(&shop.cluster));
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    rig.settle().await;
    assert!(!rig.cell.content().contains_key(&shop.cluster));
    rig.call("DELETE", &path, Value::Null).await.expect(404);
    restore(&rig, &shop.cluster).await.expect(404);
}

#[tokio::test]
async fn without_a_window_nothing_is_kept() {
    let rig = Rig::settled().await;
    let shop = shop(&rig).await;
    delete(&rig, &shop.cluster).await;
    assert_eq!(deleted(&rig).await, Vec::<String>::new());
    restore(&rig, &shop.cluster).await.expect(404);
    rig.settle().await;
    assert!(!rig.cell.content().contains_key(&shop.cluster));
}

#[tokio::test]
async fn whoever_could_delete_it_can_bring_it_back() {
    let rig = Rig::with_undo(DAY).await;
    let shop = shop(&rig).await;
    let own = make_key(&rig, &shop.account, "cloud").await;
    let (watcher, nobody) = (make_account(&rig, "watcher").await, make_account(&rig, "no").await);
    bind(&rig, &watcher, "MetricsViewer", "").await;
    let (watcher, nobody) =
        (make_key(&rig, &watcher, "cloud").await, make_key(&rig, &nobody, "cloud").await);
    delete(&rig, &shop.cluster).await;
    let path = format!("/weir/v1/deleted-clusters/{}", shop.cluster);
    let back = format!("{path}/restore");
    for ((key, secret), read, change, listed) in
        [(&nobody, 404, 404, 0), (&watcher, 200, 403, 1), (&own, 200, 200, 1)]
    {
        let view = rig.with_key(key, secret);
        view.get(&path).await.expect(read);
        let list = view.get("/weir/v1/deleted-clusters").await.expect(200);
        assert_eq!(list.names("id").len(), listed);
        view.call("DELETE", &format!("{path}?dry_run=true"), Value::Null)
            .await
            .expect(if change == 200 { 204 } else { change });
        view.call("POST", &back, Value::Null).await.expect(change);
    }
    rig.get(&cluster_at(&rig, &shop.cluster)).await.expect(200);
    rig.with_key(&nobody.0, &nobody.1).call("POST", &back, Value::Null).await.expect(404);
}

#[tokio::test]
async fn what_was_a_deleted_principals_stays_gone() {
    let rig = Rig::with_undo(DAY).await;
    let shop = shop(&rig).await;
    delete(&rig, &shop.cluster).await;
    let path = format!("/iam/v2/service-accounts/{}", shop.account);
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    let done = restore(&rig, &shop.cluster).await.expect(200);
    assert_eq!(done.body["gone_principals"], json!([shop.account]));
    rig.get(&format!("/iam/v2/api-keys/{}", shop.key.0)).await.expect(404);
    assert!(!rig.brokers.snapshot.lock().keys.contains_key(&shop.key.0));
    rig.get(&cluster_at(&rig, &shop.cluster)).await.expect(200);
    assert_eq!(rig.cell.content()[&shop.cluster], ["sales"]);
}

#[tokio::test]
async fn an_environment_comes_back_with_the_clusters_that_went_with_it() {
    let rig = Rig::with_undo(DAY).await;
    let environments = "/org/v2/environments";
    let body = json!({"display_name": "stage",
        "stream_governance_config": {"package": "ESSENTIALS"}});
    let id = rig.call("POST", environments, body).await.expect(201).text("/id");
    let (early, late) =
        (make_cluster(&rig, &id, "early").await, make_cluster(&rig, &id, "late").await);
    let registries = format!("/srcm/v3/clusters?environment={id}");
    let registry = rig.get(&registries).await.expect(200).names("id");
    let account = make_account(&rig, "till").await;
    bind(&rig, &account, "EnvironmentAdmin", &format!("/environment={id}")).await;
    let (key, secret) = make_key(&rig, &account, "cloud").await;
    rig.call("DELETE", &format!("/cmk/v2/clusters/{early}?environment={id}"), Value::Null)
        .await
        .expect(204);
    rig.call("DELETE", &format!("{environments}/{id}"), Value::Null).await.expect(204);
    rig.settle().await;
    let conflict = restore(&rig, &early).await.expect(409);
    assert_eq!(conflict.text("/errors/0/code"), "environment_deleted");

    let till = rig.with_key(&key, &secret);
    let path = format!("/weir/v1/deleted-environments/{id}");
    till.get(&path).await.expect(200);
    let body = json!({"display_name": "stage"});
    let other = rig.call("POST", environments, body).await.expect(201).text("/id");
    let taken = till.call("POST", &format!("{path}/restore"), Value::Null).await.expect(409);
    assert!(taken.detail().contains(&other), "{}", taken.detail());
    let renamed = json!({"display_name": "newer"});
    rig.call("PATCH", &format!("{environments}/{other}"), renamed).await.expect(200);
    let done = till.call("POST", &format!("{path}/restore"), Value::Null).await.expect(200);
    assert_eq!(done.body["clusters"], json!([late]), "the other one was deleted by itself");
    till.get(&format!("{environments}/{id}")).await.expect(200);
    assert_eq!(rig.get(&registries).await.expect(200).names("id"), registry);
    restore(&rig, &early).await.expect(200);
    rig.settle().await;
    let clusters = rig.get(&format!("/cmk/v2/clusters?environment={id}")).await.expect(200);
    assert_eq!(clusters.names("id").len(), 2);
    assert!(rig.cell.content().contains_key(&early) && rig.cell.content().contains_key(&late));
}

#[tokio::test]
async fn an_environment_whose_window_is_over_takes_its_clusters_along() {
    let rig = Rig::with_undo(DAY).await;
    let body = json!({"display_name": "stage"});
    let id = rig.call("POST", "/org/v2/environments", body).await.expect(201).text("/id");
    let cluster = make_cluster(&rig, &id, "orders").await;
    let path = format!("/org/v2/environments/{id}");
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    let other = rig.call("POST", "/org/v2/environments", json!({"display_name": "stage"})).await;
    other.expect(201);
    rig.clock.advance(DAY);
    assert_eq!(rig.app.end_undo_windows().await, Ok(2));
    rig.settle().await;
    assert!(!rig.cell.content().contains_key(&cluster));
    let path = format!("/weir/v1/deleted-environments/{id}/restore");
    rig.call("POST", &path, Value::Null).await.expect(404);
}

#[tokio::test]
async fn what_another_organization_deleted_does_not_exist() {
    let (ours, theirs) = Rig::two_organizations().await;
    let cluster = theirs.first.cluster_id.clone();
    delete(&theirs, &cluster).await;
    assert_eq!(deleted(&ours).await, Vec::<String>::new());
    restore(&ours, &cluster).await.expect(404);
    let path = format!("/weir/v1/deleted-clusters/{cluster}");
    ours.call("DELETE", &path, Value::Null).await.expect(404);
    restore(&theirs, &cluster).await.expect(200);
}
