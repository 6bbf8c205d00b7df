//! What happens to clusters can be read, and listened to.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::rig::{Rig, Transcript, basic};

fn wanted(rig: &Rig, name: &str) -> Value {
    json!({"spec": {"display_name": name, "availability": "SINGLE_ZONE", "cloud": "AWS",
        "region": "eu-west-1", "config": {"kind": "Basic"},
        "environment": {"id": rig.first.environment_id}}})
}

fn path(rig: &Rig) -> String {
    format!("/weir/v1/cluster-events?environment={}", rig.first.environment_id)
}

fn reasons(body: &Value) -> Vec<String> {
    let data = body["data"].as_array().unwrap();
    data.iter().map(|it| it["reason"].as_str().unwrap().to_owned()).collect()
}

/// Listens as whoever has a key.
async fn listen(rig: &Rig, key: (&str, &str), last: Option<&str>) -> BodyDataStream {
    let mut request = Request::builder()
        .uri(path(rig))
        .header("host", "localhost:8080")
        .header("accept", "text/event-stream")
        .header("authorization", basic(key.0, key.1));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let answer = rig.answer(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    answer.into_body().into_data_stream()
}

/// Reads on until something was said, or the stream ended.
async fn heard(stream: &mut BodyDataStream, what: &str) -> Option<String> {
    let mut all = String::new();
    let reading = async {
        while let Some(part) = stream.next().await {
            all.push_str(std::str::from_utf8(&part.unwrap()).unwrap());
            if all.contains(what) && all.ends_with("\n\n") {
                return true;
            }
        }
        false
    };
    let found = tokio::time::timeout(Duration::from_secs(20), reading).await.unwrap();
    found.then_some(all)
}

#[tokio::test]
async fn events_are_listed_in_order_page_by_page() {
    let rig = Rig::settled().await;
    let made = rig.call("POST", "/cmk/v2/clusters", wanted(&rig, "one")).await.expect(202);
    rig.settle().await;
    let id = made.text("/id");
    let of_one = format!("{}&cluster={id}", path(&rig));
    let seen = rig.get(&format!("{of_one}&page_size=100")).await.expect(200);
    assert_eq!(reasons(&seen.body), ["ClusterRequested", "ClusterServed"]);
    assert_eq!(seen.body["data"][0]["actor"], format!("User:{}", rig.first.user_id));
    assert_eq!(seen.body["data"][1]["actor"], "reconciler");
    let gone = format!("/cmk/v2/clusters/{id}?environment={}", rig.first.environment_id);
    rig.call("DELETE", &gone, Value::Null).await.expect(204);
    rig.settle().await;
    let seen = rig.get(&format!("{of_one}&page_size=100")).await.expect(200);
    let all = ["ClusterRequested", "ClusterServed", "ClusterDeletionRequested", "ClusterGone"];
    assert_eq!(reasons(&seen.body), all);

    let mut next = Some(format!("{}&page_size=1", path(&rig)));
    let mut ids = Vec::new();
    while let Some(page) = next {
        let reply = rig.get(&page).await.expect(200);
        let data = reply.body["data"].as_array().unwrap();
        assert!(data.len() <= 1);
        ids.extend(data.iter().map(|it| it["id"].as_str().unwrap().parse::<i64>().unwrap()));
        let url = reply.body["metadata"]["next"].as_str();
        next = url.map(|url| url.strip_prefix("http://127.0.0.1:8080").unwrap().to_owned());
    }
    assert!(ids.len() >= 5 && ids.is_sorted(), "{ids:?}");
    let mut transcript = Transcript::default();
    transcript.add("no environment", &rig.get("/weir/v1/cluster-events").await);
    transcript.add("no token", &rig.get(&format!("{}&page_token=x", path(&rig))).await);
    insta::assert_snapshot!(transcript.0);
}

#[tokio::test]
async fn nobody_reads_events_of_others() {
    let (one, two) = Rig::two_organizations().await;
    two.get(&path(&one)).await.expect(404);
    one.get(&path(&one)).await.expect(200);
    let theirs = two.get(&format!("{}&page_size=100", path(&two))).await.expect(200);
    assert!(!theirs.body.to_string().contains(&one.first.cluster_id));
    // Somebody of the organisation who may see nothing in it.
    let body = json!({"display_name": "nobody"});
    let account = one.call("POST", "/iam/v2/service-accounts", body).await.expect(201).text("/id");
    let body = json!({"spec": {"owner": {"id": account}}});
    let key = one.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    let view = one.with_key(&key.text("/id"), &key.text("/spec/secret"));
    view.call("GET", &path(&one), Value::Null).await.expect(404);
}

#[tokio::test]
async fn listener_hears_what_happens_and_goes_on_where_it_was() {
    let rig = Rig::settled().await;
    let admin = (rig.auth.0.as_str(), rig.auth.1.as_str());
    let mut stream = listen(&rig, admin, None).await;
    let made = rig.call("POST", "/cmk/v2/clusters", wanted(&rig, "one")).await.expect(202);
    rig.settle().await;
    let said = heard(&mut stream, "event: ClusterServed").await.unwrap();
    assert!(said.contains("event: ClusterRequested"), "{said}");
    assert!(said.contains(&made.text("/id")) && !said.contains(&rig.first.cluster_id), "{said}");
    let ids: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    drop(stream);

    let mut again = listen(&rig, admin, Some(ids[0])).await;
    let said = heard(&mut again, "event: ClusterServed").await.unwrap();
    assert!(!said.contains("ClusterRequested"), "{said}");
    let mut all = listen(&rig, admin, Some("0")).await;
    assert!(heard(&mut all, &rig.first.cluster_id).await.is_some());
}

#[tokio::test]
async fn stream_ends_with_the_key_that_opened_it() {
    let rig = Rig::settled().await;
    let body = json!({"spec": {"owner": {"id": rig.first.user_id}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    let (id, secret) = (key.text("/id"), key.text("/spec/secret"));
    let mut stream = listen(&rig, (&id, &secret), None).await;
    rig.call("DELETE", &format!("/iam/v2/api-keys/{id}"), Value::Null).await.expect(204);
    assert_eq!(heard(&mut stream, "event: ").await, None, "it ends without a word");
}

#[tokio::test]
async fn too_many_streams_are_refused_and_ended_ones_make_room() {
    let rig = Rig::settled().await;
    let admin = (rig.auth.0.as_str(), rig.auth.1.as_str());
    let mut open = Vec::new();
    for _ in 0..common_types::limits::EVENT_STREAMS_MAX {
        open.push(listen(&rig, admin, None).await);
    }
    let view = rig.with_key(admin.0, admin.1);
    let accept = [("accept", "text/event-stream")];
    let refused = view.call_with(&accept, "GET", &path(&rig), Value::Null).await.expect(503);
    assert_eq!(refused.text("/errors/0/code"), "too_many_streams");
    drop(open.pop());
    drop(listen(&rig, admin, None).await);
}

#[tokio::test]
async fn answer_waits_until_the_cluster_is_there() {
    let rig = Rig::settled().await;
    let post = rig.call("POST", "/cmk/v2/clusters?wait=30s", wanted(&rig, "one"));
    let passes = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        rig.settle().await;
    };
    let (made, ()) = tokio::join!(post, passes);
    let made = made.expect(202);
    assert_eq!(made.text("/status/phase"), "PROVISIONED");

    // Nobody makes passes: the time is over, and the answer is what there is.
    let made =
        rig.call("POST", "/cmk/v2/clusters?wait=20ms", wanted(&rig, "two")).await.expect(202);
    assert_eq!(made.text("/status/phase"), "PROVISIONING");
    let one =
        format!("/cmk/v2/clusters/{}?environment={}", made.text("/id"), rig.first.environment_id);
    let read = format!("{one}&wait=1m");
    let (read, ()) = tokio::join!(rig.get(&read), rig.settle());
    assert_eq!(read.expect(200).text("/status/phase"), "PROVISIONED");
    for bad in ["61s", "2m", "1h", "x", "5", "-1s", "99999999999999999999s"] {
        let refused = rig.get(&format!("{one}&wait={bad}")).await.expect(400);
        assert_eq!(refused.text("/errors/0/code"), "invalid_filter", "{bad}");
    }
}
