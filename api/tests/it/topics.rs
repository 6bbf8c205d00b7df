use serde_json::{Value, json};

use crate::fake_data_plane::Fault;
use crate::rig::{Rig, Transcript};

fn base(rig: &Rig) -> String {
    format!("/kafka/v3/clusters/{}", rig.first.cluster_id)
}

#[tokio::test]
async fn topics_and_configs_have_their_public_shape() {
    let rig = Rig::settled().await;
    let (kafka, base) = (rig.kafka(), base(&rig));
    let topics = format!("{base}/topics");
    let one = format!("{topics}/orders");
    let mut seen = Transcript::default();
    seen.add("cluster", &kafka.get(&base).await);
    let body = json!({"topic_name": "orders", "partitions_count": 2, "replication_factor": 3,
        "configs": [{"name": "retention.ms", "value": "1000"}]});
    seen.add("create", &kafka.call("POST", &topics, body.clone()).await);
    seen.add("create again", &kafka.call("POST", &topics, body).await);
    seen.add("list", &kafka.get(&topics).await);
    seen.add("get", &kafka.get(&format!("{one}?include_authorized_operations=true")).await);
    seen.add("get unknown", &kafka.get(&format!("{topics}/nope")).await);
    seen.add("configs", &kafka.get(&format!("{one}/configs")).await);
    seen.add("default configs", &kafka.get(&format!("{one}/default-configs")).await);
    let body = json!({"data": [{"name": "retention.ms", "operation": "DELETE"},
        {"name": "cleanup.policy", "value": "compact"}]});
    seen.add("alter", &kafka.call("POST", &format!("{one}/configs:alter"), body).await);
    let retention = format!("{one}/configs/retention.ms");
    seen.add("get config", &kafka.get(&retention).await);
    seen.add("put config", &kafka.call("PUT", &retention, json!({"value": "5"})).await);
    assert_eq!(kafka.get(&retention).await.text("/value"), "5");
    seen.add("delete config", &kafka.call("DELETE", &retention, Value::Null).await);
    let unknown = format!("{one}/configs/no.such");
    seen.add("put unknown config", &kafka.call("PUT", &unknown, json!({"value": "5"})).await);
    seen.add("partitions", &kafka.get(&format!("{one}/partitions")).await);
    seen.add("partition", &kafka.get(&format!("{one}/partitions/1")).await);
    seen.add("no such partition", &kafka.get(&format!("{one}/partitions/7")).await);
    let patch = |n: i32| json!({"partitions_count": n});
    seen.add("more partitions", &kafka.call("PATCH", &one, patch(4)).await);
    seen.add("fewer partitions", &kafka.call("PATCH", &one, patch(1)).await);
    seen.add("delete", &kafka.call("DELETE", &one, Value::Null).await);
    seen.add("delete again", &kafka.call("DELETE", &one, Value::Null).await);
    let body = json!({"topic_name": "a b"});
    seen.add("bad name", &kafka.call("POST", &topics, body).await);
    seen.add("no name", &kafka.call("POST", &topics, json!({})).await);
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn brokers_and_replicas_have_their_public_shape() {
    let rig = Rig::settled().await;
    let (kafka, base) = (rig.kafka(), base(&rig));
    let body = json!({"topic_name": "orders", "partitions_count": 2});
    kafka.call("POST", &format!("{base}/topics"), body).await.expect(201);
    let partition = format!("{base}/topics/orders/partitions/1");
    let mut seen = Transcript::default();
    for (what, path) in [
        ("brokers", format!("{base}/brokers")),
        ("broker", format!("{base}/brokers/0")),
        ("no such broker", format!("{base}/brokers/9")),
        ("replicas", format!("{partition}/replicas")),
        ("replica", format!("{partition}/replicas/0")),
        ("no such replica", format!("{partition}/replicas/9")),
        ("replicas of no partition", format!("{base}/topics/orders/partitions/7/replicas")),
    ] {
        seen.add(what, &kafka.get(&path).await);
    }
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn links_of_partitions_and_groups_lead_somewhere() {
    let rig = Rig::settled().await;
    let (kafka, base) = (rig.kafka(), base(&rig));
    kafka.call("POST", &format!("{base}/topics"), json!({"topic_name": "t"})).await.expect(201);
    let partition = kafka.get(&format!("{base}/topics/t/partitions/0")).await;
    for link in ["/leader/related", "/replicas/related"] {
        let path = partition.text(link).replace("http://127.0.0.1:8080", "");
        kafka.get(&path).await.expect(200);
    }
    let brokers = kafka.get(&base).await.text("/brokers/related");
    kafka.get(&brokers.replace("http://127.0.0.1:8080", "")).await.expect(200);
}

#[tokio::test]
async fn configs_of_all_topics_are_one_list() {
    let rig = Rig::new().await;
    let (kafka, base) = (rig.kafka(), base(&rig));
    let all = format!("{base}/topics/-/configs");
    assert_eq!(kafka.get(&all).await.expect(200).names("name"), [] as [&str; 0]);
    rig.settle().await;
    for name in ["a", "b"] {
        let body = json!({"topic_name": name});
        kafka.call("POST", &format!("{base}/topics"), body).await.expect(201);
    }
    let list = kafka.get(&all).await.expect(200);
    assert_eq!(list.body["kind"], "KafkaTopicConfigList");
    assert_eq!(list.names("topic_name"), ["a", "a", "b", "b"]);
    assert_eq!(list.names("name")[..2], ["cleanup.policy", "retention.ms"]);
}

#[tokio::test]
async fn configs_are_checked_alone_with_validate_only() {
    let rig = Rig::settled().await;
    let (kafka, topics) = (rig.kafka(), format!("{}/topics", base(&rig)));
    kafka.call("POST", &topics, json!({"topic_name": "t"})).await.expect(201);
    let alter = format!("{topics}/t/configs:alter");
    let body = |name: &str| json!({"data": [{"name": name, "value": "5"}], "validate_only": true});
    kafka.call("POST", &alter, body("retention.ms")).await.expect(204);
    kafka.call("POST", &alter, body("no.such")).await.expect(400);
    let config = kafka.get(&format!("{topics}/t/configs/retention.ms")).await;
    assert_eq!(config.body["is_default"], true);
}

#[tokio::test]
async fn validate_only_makes_nothing() {
    let rig = Rig::settled().await;
    let topics = format!("{}/topics", base(&rig));
    let body = json!({"topic_name": "t", "validate_only": true});
    rig.kafka().call("POST", &topics, body).await.expect(200);
    assert_eq!(rig.kafka().get(&topics).await.names("topic_name"), [] as [&str; 0]);
}

#[tokio::test]
async fn topic_that_is_posted_while_its_cluster_is_provisioning_is_kept_and_created() {
    let rig = Rig::new().await;
    let (kafka, topics) = (rig.kafka(), format!("{}/topics", base(&rig)));
    let mut seen = Transcript::default();
    let body = json!({"topic_name": "early", "partitions_count": 5});
    seen.add("create", &kafka.call("POST", &topics, body.clone()).await);
    seen.add("create again", &kafka.call("POST", &topics, body).await);
    seen.add("list", &kafka.get(&topics).await);
    seen.add("configs", &kafka.get(&format!("{topics}/early/configs")).await);
    let body = json!({"topic_name": "refused", "configs": [{"name": "no.such", "value": "1"}]});
    kafka.call("POST", &topics, body).await.expect(201);
    kafka.call("POST", &topics, json!({"topic_name": "dropped"})).await.expect(201);
    kafka.call("DELETE", &format!("{topics}/dropped"), Value::Null).await.expect(204);
    let body = json!({"topic_name": "bad/name"});
    seen.add("bad name", &kafka.call("POST", &topics, body).await);
    let body = json!({"topic_name": "x", "partitions_count": 0});
    seen.add("no partitions", &kafka.call("POST", &topics, body).await);
    rig.settle().await;
    assert_eq!(rig.cell.content()[&rig.first.cluster_id], ["early"]);
    seen.add("list when there", &kafka.get(&topics).await);
    seen.add("the refused one", &kafka.get(&format!("{topics}/refused")).await);
    kafka.call("POST", &topics, json!({"topic_name": "refused"})).await.expect(201);
    assert_eq!(kafka.get(&topics).await.names("topic_name"), ["early", "refused"]);
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn answer_that_the_cell_lost_is_a_failure_that_may_be_tried_again() {
    let rig = Rig::settled().await;
    assert_eq!(rig.cell.changes(), 1, "the tenant, once");
    let (kafka, topics) = (rig.kafka(), format!("{}/topics", base(&rig)));
    rig.cell.plan_faults(vec![Some(Fault::Before), Some(Fault::After)]);
    let body = json!({"topic_name": "orders"});
    let lost = kafka.call("POST", &topics, body.clone()).await.expect(503);
    assert_eq!(lost.headers["retry-after"], "1");
    assert_eq!(kafka.get(&topics).await.names("topic_name"), [] as [&str; 0]);
    kafka.call("POST", &topics, body.clone()).await.expect(503);
    let there = kafka.call("POST", &topics, body).await.expect(400);
    assert_eq!(there.body["error_code"], 40002);
}

#[tokio::test]
async fn list_of_no_changes_says_whether_the_topic_is_there() {
    let rig = Rig::settled().await;
    let (kafka, topics) =
        (rig.kafka(), format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id));
    let nothing = json!({"data": [], "validate_only": false});
    let path = format!("{topics}/orders/configs:alter");
    kafka.call("POST", &path, nothing.clone()).await.expect(404);
    kafka.call("POST", &topics, json!({"topic_name": "orders"})).await.expect(201);
    kafka.call("POST", &path, nothing).await.expect(204);
}
