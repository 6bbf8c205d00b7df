use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use crate::rig::Rig;

async fn with_topic() -> Rig {
    let rig = Rig::settled().await;
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    let body = json!({"topic_name": "orders", "partitions_count": 2});
    rig.kafka().call("POST", &topics, body).await.expect(201);
    rig
}

/// `length` is what the request says of it: a stream says nothing.
fn request(rig: &Rig, topic: &str, body: Body, length: Option<usize>) -> Request<Body> {
    let (key, secret) = (&rig.secrets.kafka_api_key, &rig.secrets.kafka_api_secret);
    let path = format!("/kafka/v3/clusters/{}/topics/{topic}/records", rig.first.cluster_id);
    let mut request = Request::builder()
        .method("POST")
        .uri(path)
        .header("host", "localhost:8080")
        .header("content-type", "application/json")
        .header("authorization", format!("Basic {}", STANDARD.encode(format!("{key}:{secret}"))));
    if let Some(length) = length {
        request = request.header("content-length", length);
    }
    request.body(body).unwrap()
}

async fn post(rig: &Rig, topic: &str, text: &str) -> (StatusCode, Vec<Value>) {
    let request = request(rig, topic, Body::from(text.to_owned()), Some(text.len()));
    documents(rig.router.clone().oneshot(request).await.unwrap()).await
}

async fn documents(response: Response) -> (StatusCode, Vec<Value>) {
    let status = response.status();
    assert_eq!(response.headers()["content-type"], "application/json");
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let read = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
    (status, read.collect::<Result<_, _>>().unwrap())
}

fn codes(reports: &[Value]) -> Vec<i64> {
    reports.iter().map(|report| report["error_code"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn record_is_written_as_asked_and_reported() {
    let rig = with_topic().await;
    let record = r#"{"partition_id": 1, "timestamp": "2021-02-05T19:14:42Z",
        "headers": [{"name": "h", "value": "MQ=="}, {"name": "h", "value": "Mg=="}],
        "key": {"type": "BINARY", "data": "Zm9vYmFy"}, "value": {"type": "JSON", "data": {"z": 1.10}}}"#;
    let (status, reports) = post(&rig, "orders", record).await;
    let expected = json!({"error_code": 200, "cluster_id": rig.first.cluster_id,
        "topic_name": "orders", "partition_id": 1, "offset": 0,
        "timestamp": "2021-02-05T19:14:42Z", "key": {"type": "BINARY", "size": 6},
        "value": {"type": "JSON", "size": 11}});
    assert_eq!((status, reports), (StatusCode::OK, vec![expected]));
    let written = rig.cell.records("orders");
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].key.as_deref(), Some(&b"foobar"[..]));
    assert_eq!(written[0].value.as_deref(), Some(&br#"{"z": 1.10}"#[..]));
    let header = |value: &str| ("h".to_owned(), Some(value.as_bytes().to_vec()));
    assert_eq!(written[0].headers, [header("1"), header("2")]);
}

#[tokio::test]
async fn each_record_has_its_own_report_in_the_same_order() {
    let rig = with_topic().await;
    let text = |data: &str| format!(r#"{{"value": {{"type": "STRING", "data": "{data}"}}}}"#);
    let body = [
        text("a"),
        r#"{"value": {"type": "BINARY", "data": 1}}"#.to_owned(),
        text(&"x".repeat(10_001)),
        r#"{"partition_id": 7}"#.to_owned(),
        r#"{"key": {"type": "STRING", "data": "forbidden"}}"#.to_owned(),
        r#"{"value": {"type": "PROTOBUF", "data": "1"}}"#.to_owned(),
        r#"{"value": x}"#.to_owned(),
        text("b"),
        "{\"value\"".to_owned(),
    ];
    let (status, reports) = post(&rig, "orders", &body.concat()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(codes(&reports), [200, 400, 413, 40403, 40301, 422, 400, 200, 400]);
    assert_eq!((&reports[0]["offset"], &reports[7]["offset"]), (&json!(0), &json!(1)));
    let values: Vec<_> = rig.cell.records("orders").into_iter().map(|r| r.value).collect();
    assert_eq!(values, [Some(b"a".to_vec()), Some(b"b".to_vec())]);
}

#[tokio::test]
async fn many_records_in_one_body_are_all_written_in_order() {
    let rig = with_topic().await;
    let count = 1234;
    let one = |n: usize| format!(r#"{{"value":{{"type":"JSON","data":{n}}}}}"#);
    let (_, reports) = post(&rig, "orders", &(0..count).map(one).collect::<String>()).await;
    let offsets: Vec<_> = reports.iter().map(|r| r["offset"].as_u64().unwrap()).collect();
    assert!(offsets.iter().copied().eq(0..count as u64));
    let values = rig.cell.records("orders").into_iter().map(|r| r.value.unwrap());
    assert!(values.eq((0..count).map(|n| n.to_string().into_bytes())));
}

#[tokio::test]
async fn body_that_holds_no_record_is_a_failure_of_the_request() {
    let rig = with_topic().await;
    for (topic, text, status, code) in [
        ("orders", "", 422, 422),
        ("orders", " \n", 422, 422),
        ("orders", "[{}]", 400, 400),
        ("orders", "{\"value\"", 400, 400),
        ("orders", r#"{"value": }{}"#, 400, 400),
        ("orders", r#"{"headers": [{"name": "h", "value": "%"}]}"#, 400, 400),
        ("nope", "{}", 404, 40403),
    ] {
        let (found, failure) = post(&rig, topic, text).await;
        assert_eq!((found.as_u16(), codes(&failure)), (status, vec![code]), "{text}");
    }
    let mut other = request(&rig, "orders", Body::from("{}"), Some(2));
    other.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    let (status, _) = documents(rig.router.clone().oneshot(other).await.unwrap()).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(rig.cell.records("orders").is_empty());
}

#[tokio::test]
async fn stream_is_answered_as_it_comes() {
    let rig = with_topic().await;
    let (sender, receiver) = mpsc::channel::<&'static str>(4);
    let body = stream::unfold(receiver, |mut receiver| async move {
        let text = receiver.recv().await?;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(text.as_bytes())), receiver))
    });
    let request = request(&rig, "orders", Body::from_stream(body), None);
    let response = rig.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "before the first record");
    let mut reports = response.into_body().into_data_stream();
    for (parts, code) in [
        (vec![r#"{"value": {"type": "STRI"#, r#"NG", "data": "a"}}"#], 200),
        (vec![r#"{"value": {"data": "%"}}"#], 400),
        (vec![r#"{"value": {"type": "STRING", "data": "b"}}"#], 200),
    ] {
        for part in parts {
            sender.send(part).await.unwrap();
        }
        let report: Value =
            serde_json::from_slice(&reports.next().await.unwrap().unwrap()).unwrap();
        assert_eq!(report["error_code"], code);
    }
    sender.send("no record").await.unwrap();
    let report: Value = serde_json::from_slice(&reports.next().await.unwrap().unwrap()).unwrap();
    assert_eq!(report["error_code"], 400);
    assert!(reports.next().await.is_none(), "nothing after it can be understood");
}

#[tokio::test]
async fn cluster_that_is_not_there_yet_takes_no_records() {
    let rig = Rig::new().await;
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    rig.kafka().call("POST", &topics, json!({"topic_name": "early"})).await.expect(201);
    let (status, _) = post(&rig, "early", "{}").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}
