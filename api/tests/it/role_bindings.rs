use serde_json::{Value, json};

use crate::rig::{Rig, Transcript, View};

#[tokio::test]
async fn role_bindings_have_their_public_shape() {
    let rig = Rig::settled().await;
    let body = json!({"display_name": "app"});
    let account = rig.call("POST", "/iam/v2/service-accounts", body).await.text("/id");
    let org = format!("crn://confluent.cloud/organization={}", rig.first.organization_id);
    let environment = format!("{org}/environment={}", rig.first.environment_id);
    let cluster = format!("{environment}/cloud-cluster={}", rig.first.cluster_id);
    let kafka = format!("{cluster}/kafka={}", rig.first.cluster_id);
    let bind = |principal: &str, role: &str, crn: &str| json!({"principal": principal, "role_name": role, "crn_pattern": crn});
    let principal = format!("User:{account}");
    let mut seen = Transcript::default();
    let path = "/iam/v2/role-bindings";
    let body = bind(&principal, "CloudClusterAdmin", &cluster);
    let made = rig.call("POST", path, body.clone()).await;
    seen.add("create", &made);
    seen.add("create again", &rig.call("POST", path, body).await);
    for (what, body) in [
        ("unknown role", bind(&principal, "SuperAdmin", &cluster)),
        ("role on another kind of scope", bind(&principal, "EnvironmentAdmin", &cluster)),
        (
            "scope of another organization",
            bind(&principal, "OrganizationAdmin", "crn://confluent.cloud/organization=x"),
        ),
        (
            "role of the organization on a topic",
            bind(&principal, "BillingAdmin", &format!("{kafka}/topic=orders")),
        ),
        ("role of topics on a cluster", bind(&principal, "DeveloperRead", &cluster)),
        (
            "role without operations on groups",
            bind(&principal, "DeveloperWrite", &format!("{kafka}/group=team")),
        ),
        ("name with a * in it", bind(&principal, "DeveloperRead", &format!("{kafka}/topic=a*b"))),
        ("no such principal", bind("User:sa-none", "CloudClusterAdmin", &cluster)),
        ("no principal", json!({"role_name": "CloudClusterAdmin", "crn_pattern": cluster})),
        (
            "no such cluster",
            bind(&principal, "CloudClusterAdmin", &format!("{environment}/cloud-cluster=lkc-none")),
        ),
    ] {
        seen.add(what, &rig.call("POST", path, body).await);
    }
    seen.add("list at the cluster", &rig.get(&format!("{path}?crn_pattern={cluster}")).await);
    seen.add("list without a scope", &rig.get(path).await);
    let below = rig.get(&format!("{path}?crn_pattern={org}/*")).await.expect(200);
    assert_eq!(below.names("role_name"), ["OrganizationAdmin", "CloudClusterAdmin"]);
    let at = rig.get(&format!("{path}?crn_pattern={org}&role_name=OrganizationAdmin")).await;
    assert_eq!(at.names("principal"), [format!("User:{}", rig.first.user_id)]);
    let one = format!("{path}/{}", made.text("/id"));
    seen.add("delete", &rig.call("DELETE", &one, Value::Null).await);
    seen.add("get after delete", &rig.get(&one).await);
    insta::assert_snapshot!(seen.0);
}

/// A service account with a key of the first cluster: its id, and who asks with that key.
async fn application(rig: &Rig) -> (String, View<'_>) {
    let body = json!({"display_name": "app"});
    let account = rig.call("POST", "/iam/v2/service-accounts", body).await.text("/id");
    let body =
        json!({"spec": {"owner": {"id": account}, "resource": {"id": rig.first.cluster_id}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    let asking = rig.with_key(&key.text("/id"), &key.text("/spec/secret"));
    (account, asking)
}

fn kafka_crn(rig: &Rig) -> String {
    let first = &rig.first;
    format!(
        "crn://confluent.cloud/organization={}/environment={}/cloud-cluster={}/kafka={}",
        first.organization_id, first.environment_id, first.cluster_id, first.cluster_id
    )
}

#[tokio::test]
async fn role_on_topics_is_in_force_over_rest_and_at_brokers_until_it_is_unbound() {
    let rig = Rig::settled().await;
    let (account, app) = application(&rig).await;
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    for name in ["orders.a", "orders.b", "payments"] {
        rig.kafka().call("POST", &topics, json!({"topic_name": name})).await.expect(201);
    }
    let crn = format!("{}/topic=orders.*", kafka_crn(&rig));
    let principal = format!("User:{account}");
    let body = json!({"principal": principal, "role_name": "DeveloperManage", "crn_pattern": crn});
    let made = rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201);
    assert_eq!(made.text("/crn_pattern"), crn, "as it was written");

    let seen = app.get(&topics).await.expect(200).names("topic_name");
    assert_eq!(seen, ["orders.a", "orders.b"]);
    app.get(&format!("{topics}/payments")).await.expect(403);
    app.call("DELETE", &format!("{topics}/orders.b"), Value::Null).await.expect(204);
    app.call("POST", &topics, json!({"topic_name": "orders.c"})).await.expect(201);
    app.call("POST", &topics, json!({"topic_name": "refunds"})).await.expect(403);
    let granted = rig.brokers.snapshot.lock().granted.clone();
    let lists: Vec<_> = granted.values().flatten().collect();
    assert!(!lists.is_empty());
    for list in lists {
        assert_eq!((list.resource_name.as_str(), &list.principal), ("orders.", &principal));
    }
    assert!(rig.brokers.snapshot.lock().acls.is_empty(), "nobody is shown lists of roles");

    let one = format!("/iam/v2/role-bindings/{}", made.text("/id"));
    rig.call("DELETE", &one, Value::Null).await.expect(200);
    assert!(rig.brokers.snapshot.lock().granted.is_empty());
    assert_eq!(app.get(&topics).await.expect(200).names("topic_name"), [] as [&str; 0]);
}

#[tokio::test]
async fn owner_of_topics_says_who_else_may_use_them() {
    let rig = Rig::settled().await;
    let (account, _) = application(&rig).await;
    let body = json!({"spec": {"owner": {"id": account}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    let owner = rig.with_key(&key.text("/id"), &key.text("/spec/secret"));
    let friend = json!({"display_name": "friend"});
    let friend = rig.call("POST", "/iam/v2/service-accounts", friend).await.text("/id");
    let bind = |account: &str, role: &str, tail: &str| {
        json!({"principal": format!("User:{account}"), "role_name": role,
            "crn_pattern": format!("{}{tail}", kafka_crn(&rig))})
    };
    let path = "/iam/v2/role-bindings";
    owner.call("POST", path, bind(&friend, "DeveloperRead", "/topic=orders.a")).await.expect(403);
    let body = bind(&account, "ResourceOwner", "/topic=orders.*");
    let own = rig.call("POST", path, body).await.expect(201);
    let lent = bind(&friend, "DeveloperRead", "/topic=orders.a");
    let lent = owner.call("POST", path, lent).await.expect(201).text("/id");
    for tail in ["/topic=payments", "/topic=order*", "/topic=*", "/group=orders.a", ""] {
        owner.call("POST", path, bind(&friend, "ResourceOwner", tail)).await.expect(403);
    }
    let seen = owner.get(&format!("{path}?crn_pattern={}/*", kafka_crn(&rig))).await;
    assert_eq!(seen.names("id").len(), 2);
    owner.call("DELETE", &format!("{path}/{lent}"), Value::Null).await.expect(200);
    // It shows the way: the environment and the cluster, and nothing beside them.
    let environment = &rig.first.environment_id;
    let clusters = format!("/cmk/v2/clusters?environment={environment}");
    assert_eq!(owner.get(&clusters).await.names("id"), [rig.first.cluster_id.as_str()]);
    rig.call("DELETE", &format!("{path}/{}", own.text("/id")), Value::Null).await.expect(200);
    owner.get(&clusters).await.expect(404);
}

#[tokio::test]
async fn bindings_in_a_cluster_go_with_it() {
    let rig = Rig::settled().await;
    let (account, _) = application(&rig).await;
    let crn = format!("{}/group=team-*", kafka_crn(&rig));
    let body = json!({"principal": format!("User:{account}"), "role_name": "DeveloperRead",
        "crn_pattern": crn});
    let made = rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201).text("/id");
    let (environment, cluster) = (&rig.first.environment_id, &rig.first.cluster_id);
    let path = format!("/cmk/v2/clusters/{cluster}?environment={environment}");
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    rig.get(&format!("/iam/v2/role-bindings/{made}")).await.expect(404);
    assert!(rig.brokers.snapshot.lock().granted.is_empty());
}
