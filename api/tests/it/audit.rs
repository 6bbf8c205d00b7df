use std::time::Duration;

use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{HERE, Reply, Rig};

/// Its event, by the request's id.
async fn event_of(rig: &Rig, reply: &Reply) -> Value {
    rig.app.write_denials().await;
    let id = reply.headers["x-request-id"].to_str().unwrap();
    let found = rig.get(&format!("/weir/v1/audit-events?request_id={id}")).await.expect(200);
    assert!(found.body["data"].as_array().unwrap().len() < 2, "{}", found.body);
    found.body["data"][0].clone()
}

#[tokio::test]
async fn a_change_is_in_the_log_with_who_what_and_where_from() {
    let rig = Rig::settled().await;
    let body = json!({"display_name": "billing"});
    let made = rig.call("POST", "/org/v2/environments", body).await.expect(201);
    let event = event_of(&rig, &made).await;
    let principal = format!("User:{}", rig.first.user_id);
    for (pointer, expected) in [
        ("/specversion", "1.0"),
        ("/type", "io.confluent.cloud/request"),
        ("/subject", made.text("/metadata/resource_name").as_str()),
        ("/data/methodName", "CreateEnvironment"),
        ("/data/authenticationInfo/principal", &principal),
        ("/data/authenticationInfo/metadata/identifier", &rig.secrets.api_key),
        ("/data/authorizationInfo/operation", "create"),
        ("/data/request/access", "POST /org/v2/environments"),
        ("/data/requestMetadata/client_address/0/ip", HERE),
        ("/data/result/status", "SUCCESS"),
    ] {
        assert_eq!(event.pointer(pointer), Some(&json!(expected)), "{pointer} in {event}");
    }
    assert_eq!(event["data"]["authorizationInfo"]["granted"], true);
    let id = made.text("/id");
    let reread = rig.get(&format!("/org/v2/environments/{id}")).await.expect(200);
    assert_eq!(event_of(&rig, &reread).await, Value::Null, "reading is not logged");
    let path = format!("/org/v2/environments/{id}?dry_run=true");
    let rehearsed = rig.call("DELETE", &path, Value::Null).await.expect(204);
    assert_eq!(event_of(&rig, &rehearsed).await, Value::Null, "a rehearsal changes nothing");
}

#[tokio::test]
async fn a_failed_change_is_in_the_log_as_one() {
    let rig = Rig::settled().await;
    let body = json!({"display_name": "twice"});
    rig.call("POST", "/org/v2/environments", body.clone()).await.expect(201);
    let refused = rig.call("POST", "/org/v2/environments", body).await.expect(409);
    let event = event_of(&rig, &refused).await;
    assert_eq!(event["data"]["result"]["status"], "FAILURE");
    assert_eq!(event["data"]["result"]["data"]["errorType"], "resource_already_exists");
    *rig.brokers.down.lock() = true;
    let path = format!("/iam/v2/api-keys/{}", rig.secrets.kafka_api_key);
    let late = rig.call("DELETE", &path, Value::Null).await.expect(503);
    let event = event_of(&rig, &late).await;
    assert_eq!(event["data"]["result"]["status"], "FAILURE", "it is not in force: {event}");
}

#[tokio::test]
async fn whoever_cannot_sign_in_is_in_the_log_without_the_secret() {
    let rig = Rig::settled().await;
    let key = rig.secrets.api_key.clone();
    let path = "/org/v2/environments";
    let wrong = rig.with_key(&key, "not-the-secret").get(path).await.expect(401);
    let event = event_of(&rig, &wrong).await;
    assert_eq!(event["type"], "io.confluent.cloud/authentication");
    assert_eq!(event["data"]["authenticationInfo"]["metadata"]["identifier"], json!(key));
    assert_eq!(event["data"]["authenticationInfo"]["result"], "UNAUTHENTICATED");
    assert!(!event.to_string().contains("not-the-secret"));
    let swapped = rig.with_key(&rig.secrets.api_secret, &key).get(path).await.expect(401);
    let event = event_of(&rig, &swapped).await;
    assert!(!event.to_string().contains(&rig.secrets.api_secret), "{event}");
    let anonymous = Request::builder().uri(path).header("host", "localhost");
    let anonymous = rig.send(anonymous.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(event_of(&rig, &anonymous).await["data"]["result"]["status"], "DENIED");
    let kafka = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    let other = rig.get(&kafka).await.expect(401);
    let event = event_of(&rig, &other).await;
    assert_eq!(event["type"], "io.confluent.kafka.server/authentication");
}

#[tokio::test]
async fn every_denial_is_in_the_log_also_where_the_answer_is_404() {
    let rig = Rig::settled().await;
    let account = json!({"display_name": "nobody"});
    let account = rig.call("POST", "/iam/v2/service-accounts", account).await.expect(201);
    let account = account.text("/id");
    let cluster = rig.first.cluster_id.clone();
    let mut keys = Vec::new();
    for resource in ["cloud", &cluster] {
        let spec = json!({"spec": {"owner": {"id": account}, "resource": {"id": resource}}});
        let key = rig.call("POST", "/iam/v2/api-keys", spec).await.expect(202);
        assert!(!event_of(&rig, &key).await.to_string().contains(&key.text("/spec/secret")));
        keys.push((key.text("/id"), key.text("/spec/secret")));
    }
    let (cloud, kafka) =
        (rig.with_key(&keys[0].0, &keys[0].1), rig.with_key(&keys[1].0, &keys[1].1));
    let environment = format!("/org/v2/environments/{}", rig.first.environment_id);
    let topic = format!("/kafka/v3/clusters/{cluster}/topics/t");
    for (reply, kind, name) in [
        (cloud.get(&environment).await.expect(404), "environment", &*rig.first.environment_id),
        (cloud.get("/weir/v1/audit-events").await.expect(403), "audit-log", ""),
        (kafka.get(&topic).await.expect(403), "topic", "t"),
        (kafka.call("DELETE", &topic, Value::Null).await.expect(403), "topic", "t"),
    ] {
        let event = event_of(&rig, &reply).await;
        let decided = &event["data"]["authorizationInfo"];
        assert_eq!(event["data"]["result"]["status"], "DENIED", "{kind}: {event}");
        assert!(event["type"].as_str().unwrap().ends_with("/authorization"));
        assert_eq!((&decided["granted"], &decided["resourceType"]), (&json!(false), &json!(kind)));
        assert!(name.is_empty() || decided["resourceName"] == name, "{event}");
        assert_eq!(event["data"]["authenticationInfo"]["principalResourceId"], json!(account));
    }
    let mine = format!("/weir/v1/audit-events?principal={account}&result=DENIED");
    let mine = rig.get(&mine).await.expect(200);
    assert_eq!(mine.body["data"].as_array().unwrap().len(), 4);
    let missing = rig.get("/org/v2/environments/env-none").await.expect(404);
    assert_eq!(event_of(&rig, &missing).await, Value::Null, "an administrator was denied nothing");
}

#[tokio::test]
async fn changes_in_a_cell_are_in_the_log_with_their_end() {
    let rig = Rig::settled().await;
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    let topic = json!({"topic_name": "orders"});
    let made = rig.kafka().call("POST", &topics, topic.clone()).await.expect(201);
    let event = event_of(&rig, &made).await;
    assert_eq!(event["type"], "io.confluent.kafka.server/request");
    assert_eq!(event["data"]["methodName"], "CreateTopic");
    assert_eq!(event["data"]["result"]["status"], "SUCCESS");
    assert!(event["subject"].as_str().unwrap().ends_with("/topic=orders"), "{event}");
    let twice = rig.kafka().call("POST", &topics, topic).await.expect(400);
    assert_eq!(event_of(&rig, &twice).await["data"]["result"]["status"], "FAILURE");
    let below = event["subject"].as_str().unwrap().rsplit_once('/').unwrap().0;
    let found = rig.get(&format!("/weir/v1/audit-events?resource={below}")).await.expect(200);
    assert_eq!(found.body["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn pages_are_the_newest_first_and_whole() {
    let rig = Rig::settled().await;
    for n in 0..7 {
        let body = json!({"display_name": format!("sa-{n}")});
        rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201);
    }
    let mut path = "/weir/v1/audit-events?page_size=3".to_owned();
    let mut times = Vec::new();
    loop {
        let page = rig.get(&path).await.expect(200);
        let data = page.body["data"].as_array().unwrap().clone();
        times.extend(data.iter().map(|event| event["time"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["metadata"]["next"].as_str() else { break };
        path = next.trim_start_matches("http://127.0.0.1:8080").to_owned();
    }
    assert_eq!(times.len(), 7);
    assert!(times.is_sorted_by(|a, b| a > b), "{times:?}");
    let since = format!("/weir/v1/audit-events?start_time={}&end_time={}", times[4], times[1]);
    assert_eq!(rig.get(&since).await.expect(200).body["data"].as_array().unwrap().len(), 3);
    for bad in ["start_time=yesterday", "result=MAYBE", "page_token=x"] {
        rig.get(&format!("/weir/v1/audit-events?{bad}")).await.expect(400);
    }
}

#[tokio::test]
async fn old_events_go_unless_they_are_held() {
    let rig = Rig::settled().await;
    let settings = "/weir/v1/audit-settings";
    let count = async || {
        let held = rig.get("/weir/v1/audit-events").await.expect(200);
        held.body["data"].as_array().unwrap().len()
    };
    let shorter = json!({"retention_days": 1, "legal_hold": true});
    let changed = rig.call("PATCH", settings, shorter).await.expect(200);
    assert_eq!((&changed.body["retention_days"], count().await), (&json!(1), 1));
    rig.clock.advance(Duration::from_secs(3 * 86_400));
    rig.app.expire_audit().await.unwrap();
    assert_eq!(count().await, 1, "it is held");
    rig.call("PATCH", settings, json!({"legal_hold": false})).await.expect(200);
    rig.app.expire_audit().await.unwrap();
    assert_eq!(count().await, 1, "the newer one stays");
    for bad in [0, 4_000] {
        rig.call("PATCH", settings, json!({"retention_days": bad})).await.expect(422);
    }
    let stale = rig.with_key(&rig.auth.0, &rig.auth.1);
    let stale = stale.call_with(&[("if-match", "\"1\"")], "PATCH", settings, json!({}));
    stale.await.expect(412);
}

#[tokio::test]
async fn a_flood_of_denials_is_bounded_and_counted() {
    let rig = Rig::settled().await;
    for _ in 0..4_200 {
        rig.app.denied_by_broker(api_app::BrokerDenial {
            cluster_id: rig.first.cluster_id.clone(),
            at_us: 1_700_000_000_000_000,
            method: "Produce".to_owned(),
            principal: "User:sa-x".to_owned(),
            key_id: String::new(),
            mechanism: "SASL_PLAIN".to_owned(),
            identity: String::new(),
            address: None,
            refused: None,
        });
    }
    assert_eq!(rig.app.lost_denials(), 4_200 - 4_096);
    rig.app.write_denials().await;
    let found = rig.get("/weir/v1/audit-events?principal=sa-x&page_size=100").await.expect(200);
    assert_eq!(found.body["data"].as_array().unwrap().len(), 100);
    assert_eq!(found.body["data"][0]["type"], "io.confluent.kafka.server/authentication");
}
