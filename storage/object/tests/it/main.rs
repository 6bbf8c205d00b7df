//! The adapter against a server of S3's protocol: what each answer is taken for.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod s3;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common_seams::{ManualClock, SeededRng};
use storage::payload::Payload;
use storage::prove::{ProveError, prove};
use storage::retry::RetryingStore;
use storage::store::{ByteRange, ETag, ObjectStore, PutMode, StoreError};
use storage_object::{BucketStore, StoreUrl};

use crate::s3::{Act, FakeS3, Flaw};

fn open(server: &FakeS3, bucket: &str) -> BucketStore {
    let url = format!("s3://{bucket}/some/cell?endpoint={}&region=here", server.endpoint);
    let Ok(StoreUrl::Bucket(bucket)) = StoreUrl::parse(&url) else { panic!("{url}") };
    let variables = [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let environment = variables.map(|(k, v)| (k.to_owned(), v.to_owned()));
    let clock = ManualClock::at_ms(0);
    clock.advance(Duration::from_secs(7));
    BucketStore::open(&bucket, &BTreeMap::from(environment), Arc::new(clock)).unwrap()
}

async fn create(store: &BucketStore, key: &str) -> Result<ETag, StoreError> {
    store.put(key.to_owned(), "0123456789".into(), PutMode::IfAbsent).await
}

#[tokio::test]
async fn a_sound_server_passes_and_every_request_is_sent_once() {
    let server = FakeS3::start().await;
    let store = open(&server, "bucket");
    prove(&store, &SeededRng::new(1)).await.unwrap();
    assert_eq!(store.list(String::new()).await.unwrap(), Vec::<String>::new());
    let requests = server.state.lock().requests.clone();
    assert!(requests.iter().all(|r| !r.starts_with("POST")), "{requests:?}");
    assert!(requests.iter().any(|r| r.contains("/bucket/some/cell/proof/")), "{requests:?}");
}

#[tokio::test]
async fn a_server_that_drops_conditions_or_ranges_is_refused() {
    for flaw in [Flaw::IfNoneMatch, Flaw::IfMatch, Flaw::Range] {
        let server = FakeS3::start().await;
        let store = open(&server, "bucket");
        server.state.lock().flaw = Some(flaw);
        let error = prove(&store, &SeededRng::new(1)).await.unwrap_err();
        let named = match flaw {
            Flaw::IfNoneMatch => "If-None-Match",
            Flaw::IfMatch => "If-Match",
            Flaw::Range => "get of a part",
        };
        assert!(error.to_string().contains(named), "{flaw:?}: {error}");
    }
}

#[tokio::test]
async fn parts_reach_the_server_as_one_object_and_ranges_come_back() {
    let server = FakeS3::start().await;
    let store = open(&server, "bucket");
    let body: Payload = ["head", "body", "tail"].map(Bytes::from).into_iter().collect();
    let tag = store.put("a".into(), body, PutMode::IfAbsent).await.unwrap();
    assert_eq!(store.get("a".into()).await.unwrap(), ("headbodytail".into(), tag));
    let part = store.get_range("a".into(), ByteRange::Last(4)).await.unwrap();
    assert_eq!((&part.bytes[..], part.size), (&b"tail"[..], 12));
    for nothing in [12..20, 3..3] {
        let part = store.get_range("a".into(), ByteRange::Between(nothing)).await;
        assert_eq!(part, Err(StoreError::Range("a".into())));
    }
    let empty: Payload = Bytes::new().into();
    store.put("empty".into(), empty, PutMode::IfAbsent).await.unwrap();
    assert!(store.get("empty".into()).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn listings_follow_pages_and_start_behind_a_key() {
    let server = FakeS3::start().await;
    let store = open(&server, "bucket");
    for i in 0..5 {
        create(&store, &format!("f/{i}")).await.unwrap();
        create(&store, &format!("fg/{i}")).await.unwrap();
    }
    assert_eq!(store.list("f".into()).await.unwrap(), ["f/0", "f/1", "f/2", "f/3", "f/4"]);
    let found = store.list_after("f".into(), Some("f/1".into()), 2).await.unwrap();
    assert_eq!(found.iter().map(|o| &*o.key).collect::<Vec<_>>(), ["f/2", "f/3"]);
    assert_eq!(store.list(String::new()).await.unwrap().len(), 10);
}

#[tokio::test]
async fn every_answer_is_taken_for_what_it_says() {
    let server = FakeS3::start().await;
    let store = open(&server, "bucket");
    create(&store, "k").await.unwrap();
    assert_eq!(create(&store, "k").await, Err(StoreError::Exists("k".into())));
    let other = PutMode::IfMatch(ETag("\"other\"".into()));
    for key in ["k", "none"] {
        let swap = store.put(key.into(), "x".into(), other.clone()).await;
        assert_eq!(swap, Err(StoreError::Changed(key.into())));
    }
    assert_eq!(store.get("none".into()).await, Err(StoreError::NotFound("none".into())));
    server.next(Act::Status(409, "<Code>ConditionalRequestConflict</Code>"));
    assert_eq!(create(&store, "l").await, Err(StoreError::Contended("l".into())));
    for status in [403, 401, 400, 307] {
        server.next(Act::Status(status, "AccessDenied"));
        let error = create(&store, "l").await.unwrap_err();
        assert!(matches!(error, StoreError::Denied { .. }), "{status}: {error}");
    }
    for status in [500, 502, 503, 504, 429, 408] {
        server.next(Act::Status(status, "SlowDown"));
        let error = create(&store, "l").await.unwrap_err();
        let throttled = matches!(error, StoreError::Throttled { .. });
        assert!(error.is_unknown() && throttled == matches!(status, 429 | 503), "{error}");
    }
    let elsewhere = open(&server, "elsewhere");
    let error = elsewhere.get("k".into()).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "a missing bucket is no missing object");
}

#[tokio::test]
async fn what_nobody_can_know_is_unknown_and_retries_meet_themselves() {
    let server = FakeS3::start().await;
    let store = open(&server, "bucket");
    for act in [Act::HangUp, Act::DoAndHangUp, Act::NameNoVersion] {
        store.delete("k".into()).await.unwrap();
        server.next(act);
        assert!(create(&store, "k").await.unwrap_err().is_unknown(), "{act:?}");
    }
    let retrying = RetryingStore::for_ever(Arc::new(store), Arc::new(SeededRng::new(1)));
    server.next(Act::Status(503, "SlowDown"));
    server.next(Act::DoAndHangUp);
    server.next(Act::HangUp);
    let tag = retrying.put("m".into(), "mine".into(), PutMode::IfAbsent).await.unwrap();
    assert_eq!(retrying.get("m".into()).await.unwrap(), ("mine".into(), tag));
}

#[tokio::test]
async fn the_clock_of_the_server_is_heard() {
    let server = FakeS3::start().await;
    let store = open(&server, "bucket");
    assert_eq!(store.date(), None);
    store.get("none".into()).await.unwrap_err();
    let date = store.date().unwrap();
    assert_eq!((date.wall_ms, date.at), (784_111_777_000, Duration::from_secs(7)));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_no_proof_of_anything() {
    let server = FakeS3::start().await;
    let mut store = open(&server, "bucket");
    let error = prove(&open(&server, "elsewhere"), &SeededRng::new(1)).await.unwrap_err();
    assert!(matches!(error, ProveError::Store(StoreError::Denied { .. })), "{error}");
    let gone = FakeS3 { endpoint: "http://127.0.0.1:1".into(), state: Arc::clone(&server.state) };
    store = {
        drop(store);
        open(&gone, "bucket")
    };
    let error = prove(&store, &SeededRng::new(1)).await.unwrap_err();
    assert!(matches!(error, ProveError::Store(e) if e.is_unknown()));
}
