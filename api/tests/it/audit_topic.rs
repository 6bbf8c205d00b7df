//! The audit log as a topic.

use serde_json::{Value, json};

use crate::fake_data_plane::Fault;
use crate::rig::{Reply, Rig};

const SETTINGS: &str = "/weir/v1/audit-settings";
const TOPIC: &str = "confluent-audit-log-events";

async fn write_to(rig: &Rig, cluster: &str) -> Reply {
    rig.call("PATCH", SETTINGS, json!({"topic_cluster_id": cluster})).await
}

async fn turn(rig: &Rig) -> Result<(), common_errors::Error> {
    rig.app.write_audit_topics(&api::cloud_event).await
}

async fn change(rig: &Rig, name: &str) {
    let body = json!({"display_name": name});
    rig.call("POST", "/org/v2/environments", body).await.expect(201);
}

fn written(rig: &Rig) -> Vec<Value> {
    let records = rig.cell.records(TOPIC).into_iter();
    records.map(|record| serde_json::from_slice(&record.value.unwrap()).unwrap()).collect()
}

/// The log, the oldest first.
async fn log(rig: &Rig) -> Vec<Value> {
    rig.app.write_denials().await;
    let found = rig.get("/weir/v1/audit-events?page_size=100").await.expect(200);
    let mut events = found.body["data"].as_array().unwrap().clone();
    events.reverse();
    events
}

fn methods(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["data"]["methodName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn events_are_in_the_topic_as_they_are_in_the_log() {
    let rig = Rig::settled().await;
    change(&rig, "before").await;
    let said = write_to(&rig, &rig.first.cluster_id).await.expect(200);
    assert_eq!(said.text("/topic_cluster_id"), rig.first.cluster_id);
    assert_eq!(said.text("/topic_name"), TOPIC);
    change(&rig, "a").await;
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    rig.kafka().call("POST", &topics, json!({"topic_name": "orders"})).await.expect(201);
    rig.with_key("nobody", "knows").get("/org/v2/environments").await.expect(401);
    let log = log(&rig).await;
    turn(&rig).await.unwrap();
    // What was before stays where it is.
    assert_eq!(written(&rig), log[log.len() - 4..]);
    let names = ["UpdateAuditSettings", "CreateEnvironment", "CreateTopic"];
    assert_eq!(methods(&written(&rig))[..3], names);
    let headers = &rig.cell.records(TOPIC)[0].headers;
    assert_eq!(headers[0].0, "content-type");
    turn(&rig).await.unwrap();
    assert_eq!(written(&rig).len(), 4, "once");
    let made = rig.kafka().get(&format!("{topics}/{TOPIC}")).await.expect(200);
    assert_eq!(made.body["partitions_count"], 1);
}

#[tokio::test]
async fn events_wait_for_a_cell_that_is_away_and_come_in_their_order() {
    let rig = Rig::settled().await;
    write_to(&rig, &rig.first.cluster_id).await.expect(200);
    change(&rig, "a").await;
    // Nothing of it; then with its effect, and no answer that says so.
    rig.cell.plan_faults(vec![Some(Fault::Before), Some(Fault::After)]);
    for _ in 0..2 {
        let error = turn(&rig).await.unwrap_err();
        assert_eq!(error.code, "audit_topic_unavailable");
    }
    change(&rig, "b").await;
    turn(&rig).await.unwrap();
    let names = ["UpdateAuditSettings", "CreateEnvironment", "CreateEnvironment"];
    assert_eq!(methods(&written(&rig)), names);
}

#[tokio::test]
async fn what_was_begun_in_a_cell_is_told_with_its_end() {
    let rig = Rig::settled().await;
    write_to(&rig, &rig.first.cluster_id).await.expect(200);
    turn(&rig).await.unwrap();
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    rig.cell.plan_faults(vec![Some(Fault::Before)]);
    rig.kafka().call("POST", &topics, json!({"topic_name": "orders"})).await.expect(503);
    turn(&rig).await.unwrap();
    let events = written(&rig);
    assert_eq!(methods(&events)[1..], ["CreateTopic"]);
    assert_eq!(events[1]["data"]["result"]["status"], "FAILURE");
}

#[tokio::test]
async fn the_cluster_of_the_topic_is_there_and_stays() {
    let (rig, other) = Rig::two_organizations().await;
    for id in ["lkc-000000", &other.first.cluster_id] {
        let refused = write_to(&rig, id).await.expect(422);
        assert!(refused.detail().contains("there is no cluster"), "{}", refused.detail());
    }
    let (cluster, environment) = (&rig.first.cluster_id, &rig.first.environment_id);
    write_to(&rig, cluster).await.expect(200);
    let cluster = format!("/cmk/v2/clusters/{cluster}?environment={environment}");
    let environment = format!("/org/v2/environments/{environment}");
    for path in [&cluster, &environment] {
        let refused = rig.call("DELETE", path, Value::Null).await.expect(409);
        assert!(refused.detail().contains("audit-settings"), "{}", refused.detail());
    }
    // Whoever wants no topic any more gets nothing of what was still on its way.
    write_to(&rig, "").await.expect(200);
    change(&rig, "after").await;
    turn(&rig).await.unwrap();
    assert_eq!(written(&rig), Vec::<Value>::new());
    rig.call("DELETE", &cluster, Value::Null).await.expect(204);
}
