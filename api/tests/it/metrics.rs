use std::time::Duration;

use api_app::metrics::{Label, Metric};
use api_app::{Reading, Readings};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use common_seams::Clock as _;
use serde_json::{Value, json};

use crate::rig::{Rig, Transcript, basic};

const RECEIVED: &str = "io.confluent.kafka.server/received_bytes";
const RETAINED: &str = "io.confluent.kafka.server/retained_bytes";
const QUERY: &str = "/v2/metrics/cloud/query";

/// What one broker shows of two topics.
fn shown(rig: &Rig, orders: u64, payments: u64) -> Readings {
    let reading = |metric, topic: &str, value| Reading {
        broker: 7,
        tenant: rig.first.cluster_id.parse().unwrap(),
        metric,
        labels: vec![(Label::Topic, topic.to_owned())],
        value,
    };
    let readings = vec![
        reading(Metric::ReceivedBytes, "orders", orders),
        reading(Metric::ReceivedBytes, "payments", payments),
        reading(Metric::RetainedBytes, "orders", orders),
    ];
    Readings { readings, is_complete: true }
}

/// A control plane that has looked at the meter for three minutes.
async fn metered() -> Rig {
    let rig = Rig::settled().await;
    let to_minute = 60_000 - rig.clock.wall_ms().rem_euclid(60_000);
    rig.clock.advance(Duration::from_millis(to_minute.unsigned_abs()));
    for (orders, payments) in [(0, 0), (100, 10), (150, 40)] {
        rig.cell.show(Some(shown(&rig, orders, payments)));
        rig.app.look_at_meter().await;
        rig.clock.advance(Duration::from_mins(1));
    }
    rig
}

fn of_cluster(rig: &Rig) -> Value {
    json!({"op": "EQ", "field": "resource.kafka.id", "value": rig.first.cluster_id})
}

fn query(rig: &Rig, more: &Value) -> Value {
    let mut body = json!({"aggregations": [{"metric": RECEIVED, "agg": "SUM"}],
        "filter": of_cluster(rig), "granularity": "PT1M", "intervals": ["PT1H/now"]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn metrics_have_their_public_shape() {
    let (rig, mut transcript) = (metered().await, Transcript::default());
    for path in ["descriptors/metrics?page_size=2", "descriptors/resources"] {
        let reply = rig.get(&format!("/v2/metrics/cloud/{path}")).await;
        transcript.add(&format!("GET {path}"), &reply);
    }
    let not_payments = json!({"op": "AND", "filters": [of_cluster(&rig), {"op": "NOT",
        "filter": {"op": "EQ", "field": "metric.topic", "value": "payments"}}]});
    for more in [
        json!({}),
        json!({"group_by": ["metric.topic"]}),
        json!({"group_by": ["metric.topic", "resource.kafka.id"], "format": "GROUPED", "limit": 1}),
        json!({"granularity": "ALL", "group_by": ["metric.topic"]}),
        json!({"granularity": "ALL", "group_by": ["metric.topic"],
            "order_by": [{"metric": RECEIVED, "order": "ASCENDING"}]}),
        json!({"granularity": "PT1H", "filter": not_payments}),
        json!({"aggregations": [{"metric": RETAINED}], "granularity": "ALL"}),
    ] {
        let reply = rig.call("POST", QUERY, query(&rig, &more)).await;
        transcript.add(&format!("POST query {more}"), &reply);
    }
    let body = json!({"metric": RECEIVED, "group_by": ["metric.topic"], "limit": 1,
        "filter": of_cluster(&rig)});
    let reply = rig.call("POST", "/v2/metrics/cloud/attributes", body).await;
    transcript.add("POST attributes", &reply);
    let text = transcript.0.replace(&rig.first.cluster_id, "<cluster>");
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn pages_of_groups_follow_each_other() {
    let rig = metered().await;
    let body =
        query(&rig, &json!({"group_by": ["metric.topic"], "limit": 1, "granularity": "PT1H"}));
    let first = rig.call("POST", QUERY, body.clone()).await.expect(200);
    assert_eq!(first.names("metric.topic"), ["orders"]);
    let token = first.text("/meta/pagination/next_page_token");
    let last = rig.call("POST", &format!("{QUERY}?page_token={token}"), body).await.expect(200);
    assert_eq!(last.names("metric.topic"), ["payments"]);
    assert_eq!(last.body["meta"]["pagination"], json!({"page_size": 1, "total_size": 2}));
}

#[tokio::test]
async fn questions_that_cannot_be_answered_say_why() {
    let rig = metered().await;
    for (more, at) in [
        (json!({"aggregations": []}), "/aggregations"),
        (json!({"aggregations": [{"metric": "received_bytes"}]}), "/aggregations/0/metric"),
        (json!({"aggregations": [{"metric": RECEIVED, "agg": "MAX"}]}), "/aggregations/0/agg"),
        (json!({"granularity": "PT2M"}), "/granularity"),
        (json!({"intervals": []}), "/intervals"),
        (json!({"intervals": ["PT1H"]}), "/intervals/0"),
        (json!({"intervals": ["PT7H/now"]}), "/intervals/0"),
        (json!({"group_by": ["metric.type"]}), "/group_by"),
        (json!({"format": "GROUPED"}), "/format"),
        (json!({"format": "CSV"}), "/format"),
        (json!({"limit": 0}), "/limit"),
        (json!({"limit": 1001}), "/limit"),
        (json!({"order_by": [{"metric": RECEIVED}]}), "/order_by"),
        (json!({"filter": null}), "/filter"),
        (json!({"filter": {"op": "LIKE"}}), "/filter"),
        (json!({"filter": {"op": "OR", "filters": []}}), "/filter"),
        (json!({"filter": {"op": "EQ", "field": "metric.topic"}}), "/filter"),
    ] {
        let reply = rig.call("POST", QUERY, query(&rig, &more)).await.expect(400);
        assert_eq!(reply.text("/errors/0/source/pointer"), at, "{more}");
    }
    let no_cluster = json!({"filter": {"op": "EQ", "field": "metric.topic", "value": "orders"}});
    let reply = rig.call("POST", QUERY, query(&rig, &no_cluster)).await.expect(400);
    assert_eq!(reply.text("/errors/0/source/parameter"), "resource.kafka.id");
    rig.call("POST", "/v2/metrics/cloud/query?page_token=x", query(&rig, &json!({})))
        .await
        .expect(400);
    rig.call("POST", "/v2/metrics/hosted/query", query(&rig, &json!({}))).await.expect(404);
    rig.get("/v2/metrics/cloud/export").await.expect(400);
    rig.get("/v2/metrics/cloud/export?resource.connector.id=lcc-1").await.expect(404);
}

#[tokio::test]
async fn a_cluster_that_one_may_not_see_is_not_there_wherever_it_is_named() {
    let rig = metered().await;
    let theirs = json!({"op": "EQ", "field": "resource.kafka.id", "value": "lkc-theirs"});
    for filter in [
        theirs.clone(),
        json!({"op": "OR", "filters": [of_cluster(&rig), theirs]}),
        json!({"op": "AND", "filters": [of_cluster(&rig), {"op": "NOT", "filter": theirs}]}),
    ] {
        let body = query(&rig, &json!({"filter": filter}));
        rig.call("POST", QUERY, body).await.expect(404);
    }
    let body = json!({"display_name": "nobody"});
    let nobody = rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201).text("/id");
    let body = json!({"spec": {"owner": {"id": nobody}, "resource": {"id": "cloud"}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    let view_auth = (key.text("/id"), key.text("/spec/secret"));
    let view = rig.with_key(&view_auth.0, &view_auth.1);
    view.call("POST", QUERY, query(&rig, &json!({}))).await.expect(404);
    let path = format!("/v2/metrics/cloud/export?resource.kafka.id={}", rig.first.cluster_id);
    view.get(&path).await.expect(404);
    let (organization, environment) = (&rig.first.organization_id, &rig.first.environment_id);
    let crn = format!(
        "crn://confluent.cloud/organization={organization}/environment={environment}\
         /cloud-cluster={cluster}",
        cluster = rig.first.cluster_id
    );
    let topic = format!("{crn}/kafka={}/topic=orders", rig.first.cluster_id);
    for (role, crn, status) in [("DeveloperRead", &topic, 403), ("MetricsViewer", &crn, 200)] {
        let body = json!({"principal": format!("User:{nobody}"), "role_name": role,
            "crn_pattern": crn});
        rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201);
        view.call("POST", QUERY, query(&rig, &json!({}))).await.expect(status);
    }
}

#[tokio::test]
async fn the_last_whole_minute_is_exported_as_scrapers_ask() {
    let rig = metered().await;
    rig.cell.show(Some(shown(&rig, 150, 40)));
    rig.app.look_at_meter().await;
    let cluster = &rig.first.cluster_id;
    for (accept, content_type, end) in [
        ("application/openmetrics-text;version=1.0.0", "application/openmetrics-text", "# EOF\n"),
        ("*/*", "text/plain; version=0.0.4", ""),
    ] {
        let request = Request::builder()
            .uri(format!("/v2/metrics/cloud/export?resource.kafka.id={cluster}&metric={RECEIVED}"))
            .header("host", "localhost")
            .header("accept", accept)
            .header("authorization", basic(&rig.auth.0, &rig.auth.1))
            .body(Body::empty());
        let response = rig.answer(request.unwrap()).await;
        assert_eq!(response.status().as_u16(), 200);
        let given = response.headers()["content-type"].to_str().unwrap();
        assert!(given.starts_with(content_type), "{given}");
        let text = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        for (topic, value) in [("orders", 50), ("payments", 30)] {
            let name = "confluent_kafka_server_received_bytes";
            let sample = format!("{name}{{kafka_id=\"{cluster}\",topic=\"{topic}\"}} {value} ");
            assert!(text.contains(&sample), "{text}");
        }
        assert!(text.ends_with(end) && !text.contains("retained"), "{text}");
    }
}

#[tokio::test]
async fn a_cell_at_rest_is_not_asked_and_its_history_stays() {
    let rig = metered().await;
    rig.cell.show(None);
    rig.clock.advance(Duration::from_mins(5));
    rig.app.look_at_meter().await;
    let reply =
        rig.call("POST", QUERY, query(&rig, &json!({"granularity": "ALL"}))).await.expect(200);
    assert_eq!(reply.body["data"][0]["value"], json!(190));
}
