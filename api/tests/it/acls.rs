use serde_json::{Value, json};

use crate::rig::{Rig, Transcript, View};

fn base(rig: &Rig) -> String {
    format!("/kafka/v3/clusters/{}", rig.first.cluster_id)
}

fn acl(principal: &str, permission: &str, operation: &str, resource: &str, name: &str) -> Value {
    let (name, pattern) = match name.strip_suffix('…') {
        Some(prefix) => (prefix, "PREFIXED"),
        None => (name, "LITERAL"),
    };
    json!({"resource_type": resource, "resource_name": name, "pattern_type": pattern, "host": "*",
        "principal": principal, "operation": operation, "permission": permission})
}

/// A service account with a key of the first cluster and no role: its principal and its view.
async fn application<'a>(rig: &'a Rig, name: &str) -> (String, View<'a>) {
    let body = json!({"display_name": name});
    let id = rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201).text("/id");
    let body = json!({"spec": {"owner": {"id": id}, "resource": {"id": rig.first.cluster_id}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    (format!("User:{id}"), rig.with_key(&key.text("/id"), &key.text("/spec/secret")))
}

#[tokio::test]
async fn acls_have_their_public_shape() {
    let rig = Rig::settled().await;
    let (kafka, acls) = (rig.kafka(), format!("{}/acls", base(&rig)));
    let mut seen = Transcript::default();
    let body = acl("User:sa-1", "ALLOW", "READ", "TOPIC", "orders…");
    seen.add("create", &kafka.call("POST", &acls, body.clone()).await);
    seen.add("create again", &kafka.call("POST", &acls, body).await);
    let both = json!({"data": [
        acl("User:*", "DENY", "ALL", "GROUP", "*"),
        acl("User:sa-1", "ALLOW", "CREATE", "CLUSTER", "kafka-cluster"),
    ]});
    seen.add("create two", &kafka.call("POST", &format!("{acls}:batch"), both).await);
    seen.add("list", &kafka.get(&acls).await);
    let all = "resource_type=TOPIC&resource_name=orders&pattern_type=PREFIXED&principal=User:sa-1\
               &host=*&operation=READ&permission=ALLOW";
    let one = kafka.get(&format!("{acls}?{all}")).await.expect(200);
    assert_eq!(one.names("principal"), ["User:sa-1"]);
    let own = one.text("/data/0/metadata/self");
    let found = kafka.get(own.strip_prefix("http://127.0.0.1:8080").unwrap()).await;
    assert_eq!(found.body["data"], one.body["data"], "its URL finds it and nothing else");
    for (search, count) in [
        ("principal=UserV2:sa-1", 2),
        ("host=%2A&principal=UserV2%3A%2A&resource_name=", 3),
        ("principal=User:*", 1),
        ("resource_type=ANY&operation=all", 1),
        ("resource_type=TOPIC&resource_name=orders.eu&pattern_type=MATCH", 1),
        ("resource_type=TOPIC&resource_name=orders.eu", 0),
        ("permission=DENY", 1),
    ] {
        let found = kafka.get(&format!("{acls}?{search}")).await.expect(200);
        assert_eq!(found.names("principal").len(), count, "{search}");
    }
    seen.add("delete", &kafka.call("DELETE", &format!("{acls}?{all}"), Value::Null).await);
    seen.add("delete again", &kafka.call("DELETE", &format!("{acls}?{all}"), Value::Null).await);
    let open =
        "resource_type=ANY&pattern_type=ANY&operation=CREATE&permission=ANY&principal=UserV2:*";
    let none = kafka.call("DELETE", &format!("{acls}?{open}"), Value::Null).await.expect(200);
    assert!(
        none.names("principal").is_empty(),
        "what finds everything deletes only what is for all"
    );
    let everything = "resource_type=ANY&pattern_type=ANY&operation=ANY&permission=ANY";
    let gone = kafka.call("DELETE", &format!("{acls}?{everything}"), Value::Null).await.expect(200);
    assert_eq!(gone.names("principal"), ["User:*", "User:sa-1"]);
    assert!(rig.brokers.snapshot.lock().acls.is_empty());
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn acl_that_cannot_be_is_refused_with_a_reason() {
    let rig = Rig::settled().await;
    let (kafka, acls) = (rig.kafka(), format!("{}/acls", base(&rig)));
    let good = acl("User:sa-1", "ALLOW", "READ", "TOPIC", "orders");
    for (member, value, said) in [
        ("resource_type", json!("ANY"), "is none of TOPIC, GROUP"),
        ("resource_type", json!("CLUSTER"), "kafka-cluster"),
        ("resource_name", Value::Null, "resource_name is required"),
        ("resource_name", json!(""), "resource_name"),
        ("pattern_type", json!("MATCH"), "is none of LITERAL, PREFIXED"),
        ("principal", json!("Group:x"), "principal must be"),
        ("principal", json!("User:"), "principal must be"),
        ("host", json!("10.0.0.1"), "host must be"),
        ("operation", json!("FLY"), "\"FLY\" is none of ALL, READ"),
        ("permission", json!("MAYBE"), "is none of DENY, ALLOW"),
    ] {
        let mut body = good.clone();
        body[member] = value;
        let reply = kafka.call("POST", &acls, body).await.expect(400);
        assert_eq!(reply.body["error_code"], 40002);
        let message = reply.text("/message");
        assert!(message.contains(said), "{message}");
    }
    kafka.call("POST", &format!("{acls}:batch"), json!({"data": []})).await.expect(400);
    let batch = json!({"data": [good, acl("User:sa-1", "ALLOW", "READ", "CLUSTER", "x")]});
    kafka.call("POST", &format!("{acls}:batch"), batch).await.expect(400);
    assert_eq!(kafka.get(&acls).await.names("principal"), [] as [&str; 0], "all or none");
    kafka.call("DELETE", &acls, Value::Null).await.expect(400);
    kafka.call("DELETE", &format!("{acls}?resource_type=TOPIC"), Value::Null).await.expect(400);
}

#[tokio::test]
async fn topics_are_seen_and_changed_as_acls_allow() {
    let rig = Rig::settled().await;
    let (kafka, base) = (rig.kafka(), base(&rig));
    let (acls, topics) = (format!("{base}/acls"), format!("{base}/topics"));
    for name in ["orders", "orders.eu", "secret"] {
        kafka.call("POST", &topics, json!({"topic_name": name})).await.expect(201);
    }
    let (me, view) = application(&rig, "app").await;
    assert_eq!(view.get(&topics).await.expect(200).names("topic_name"), [] as [&str; 0]);
    let hidden = view.get(&format!("{topics}/orders")).await.expect(403);
    let absent = view.get(&format!("{topics}/nope")).await.expect(403);
    let shown = |text: String| text.replace("orders", "nope");
    assert_eq!(shown(hidden.text("/message")), absent.text("/message"), "it is not told which is");
    view.get(&acls).await.expect(403);
    let own = acl(&me, "ALLOW", "ALL", "TOPIC", "*");
    view.call("POST", &acls, own).await.expect(403);

    let allow = acl(&me, "ALLOW", "READ", "TOPIC", "orders…");
    kafka.call("POST", &acls, allow).await.expect(201);
    assert_eq!(view.get(&topics).await.names("topic_name"), ["orders", "orders.eu"]);
    let one = view.get(&format!("{topics}/orders?include_authorized_operations=true")).await;
    assert_eq!(one.body["authorized_operations"], json!(["READ", "DESCRIBE"]));
    view.get(&format!("{topics}/orders/partitions")).await.expect(200);
    view.get(&format!("{topics}/orders/configs")).await.expect(403);
    view.call("DELETE", &format!("{topics}/orders"), Value::Null).await.expect(403);
    view.call("POST", &topics, json!({"topic_name": "orders.us"})).await.expect(403);

    let deny = acl("User:*", "DENY", "DESCRIBE", "TOPIC", "orders.eu");
    kafka.call("POST", &acls, deny).await.expect(201);
    assert_eq!(view.get(&topics).await.names("topic_name"), ["orders"]);
    assert_eq!(kafka.get(&topics).await.names("topic_name"), ["orders", "secret"]);

    let more = json!({"data": [
        acl(&me, "ALLOW", "CREATE", "TOPIC", "orders.us"),
        acl(&me, "ALLOW", "ALTER_CONFIGS", "TOPIC", "orders"),
        acl(&me, "ALLOW", "DELETE", "TOPIC", "orders"),
    ]});
    kafka.call("POST", &format!("{acls}:batch"), more).await.expect(201);
    view.call("POST", &topics, json!({"topic_name": "orders.us"})).await.expect(201);
    view.call("POST", &topics, json!({"topic_name": "orders.fr"})).await.expect(403);
    view.get(&format!("{topics}/orders/configs")).await.expect(200);
    view.call("DELETE", &format!("{topics}/orders"), Value::Null).await.expect(204);
}

#[tokio::test]
async fn acl_is_in_force_at_brokers_when_it_is_answered_and_out_of_it_when_deleted() {
    let rig = Rig::settled().await;
    let (kafka, acls) = (rig.kafka(), format!("{}/acls", base(&rig)));
    let tenant = rig.first.cluster_id.parse().unwrap();
    let body = acl("User:sa-1", "ALLOW", "READ", "TOPIC", "orders");
    kafka.call("POST", &acls, body.clone()).await.expect(201);
    let there = rig.brokers.snapshot.lock().acls[&tenant].clone();
    assert_eq!(there.len(), 1);
    assert_eq!(there[0].principal, "User:sa-1");
    *rig.brokers.down.lock() = true;
    let all = "resource_type=ANY&pattern_type=ANY&operation=ANY&permission=ANY";
    kafka.call("DELETE", &format!("{acls}?{all}"), Value::Null).await.expect(503);
    *rig.brokers.down.lock() = false;
    let (app, brokers) = (rig.app.clone(), rig.brokers.clone());
    let repair = tokio::spawn(async move { app.repair_access().await });
    while !brokers.snapshot.lock().acls.is_empty() {
        tokio::task::yield_now().await;
    }
    repair.abort();
}

#[tokio::test]
async fn administrator_can_take_back_a_denial_of_everything() {
    let rig = Rig::settled().await;
    let (kafka, base) = (rig.kafka(), base(&rig));
    let (acls, topics) = (format!("{base}/acls"), format!("{base}/topics"));
    kafka.call("POST", &topics, json!({"topic_name": "orders"})).await.expect(201);
    let all = json!({"data": [
        acl("User:*", "DENY", "ALL", "CLUSTER", "kafka-cluster"),
        acl("User:*", "DENY", "ALL", "TOPIC", "*"),
    ]});
    kafka.call("POST", &format!("{acls}:batch"), all).await.expect(201);
    kafka.get(&format!("{topics}/orders")).await.expect(403);
    let search = "resource_type=ANY&pattern_type=ANY&operation=ANY&permission=DENY";
    kafka.call("DELETE", &format!("{acls}?{search}"), Value::Null).await.expect(200);
    kafka.get(&format!("{topics}/orders")).await.expect(200);
}

#[tokio::test]
async fn who_may_alter_the_cluster_may_change_its_acls() {
    let rig = Rig::settled().await;
    let (kafka, acls) = (rig.kafka(), format!("{}/acls", base(&rig)));
    let (me, view) = application(&rig, "operator").await;
    let alter = acl(&me, "ALLOW", "ALTER", "CLUSTER", "kafka-cluster");
    kafka.call("POST", &acls, alter).await.expect(201);
    let body = acl("User:sa-1", "ALLOW", "READ", "TOPIC", "orders");
    view.call("POST", &acls, body).await.expect(201);
    assert_eq!(view.get(&acls).await.expect(200).names("operation").len(), 2);
    let body = json!({"display_name": "gone"});
    let account = rig.call("POST", "/iam/v2/service-accounts", body).await.text("/id");
    let body = acl(&format!("User:{account}"), "ALLOW", "READ", "TOPIC", "orders");
    view.call("POST", &acls, body).await.expect(201);
    let path = format!("/iam/v2/service-accounts/{account}");
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    assert_eq!(view.get(&acls).await.names("operation").len(), 2, "its ACLs go with an account");
}
