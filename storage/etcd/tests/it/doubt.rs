//! Members that are away, and answers that nobody gets.

use storage::store::{ObjectStore as _, PutMode};
use storage_etcd::EtcdAddress;

use crate::canned::{Answer, Canned, say};
use crate::server::{address, open};

/// Nothing listens there.
const AWAY: &str = "http://127.0.0.1:1";

#[tokio::test]
async fn an_answer_that_is_lost_leaves_doubt_and_nothing_is_sent_twice() {
    let answers = [
        Answer::HangUp,
        say(200, "{"),
        say(503, r#"{"message":"etcdserver: request timed out","code":14}"#),
    ];
    let count = answers.len();
    let server = Canned::start(answers).await;
    let store = open(&server.address());
    for _ in 0..count {
        let error = store.put("k".into(), "x".into(), PutMode::IfAbsent).await.unwrap_err();
        assert!(error.is_unknown(), "{error}");
    }
    assert_eq!(server.seen.lock().len(), count);
}

#[tokio::test]
async fn a_member_that_takes_no_connection_is_passed_over() {
    let there = address().await;
    let hosts = [vec![AWAY.to_owned()], there.hosts.clone(), vec![AWAY.to_owned()]].concat();
    let store = open(&EtcdAddress { hosts, ..there });
    for n in 0..3 {
        store.put(format!("k{n}"), "x".into(), PutMode::IfAbsent).await.unwrap();
    }
    let nobody = EtcdAddress { hosts: vec![AWAY.to_owned(); 2], prefix: "p".to_owned() };
    assert!(open(&nobody).get("k".into()).await.unwrap_err().is_unknown());
}

#[tokio::test]
async fn after_an_answer_that_is_lost_the_next_member_is_asked() {
    let there = address().await;
    let bad = Canned::start([Answer::HangUp]).await;
    let hosts = [vec![bad.host.clone()], there.hosts.clone()].concat();
    let store = open(&EtcdAddress { hosts, ..there });
    let error = store.put("k".into(), "x".into(), PutMode::IfAbsent).await.unwrap_err();
    assert!(error.is_unknown(), "{error}");
    store.put("k".into(), "x".into(), PutMode::IfAbsent).await.unwrap();
}

#[tokio::test]
async fn parts_that_expired_before_they_were_named_are_sent_again_by_whoever_retries() {
    let answers = [
        say(200, r#"{"ID":"7","TTL":"600"}"#),
        say(200, "{}"),
        say(200, "{}"),
        say(200, r#"{"responses":[{"response_range":{}}]}"#),
    ];
    let count = answers.len();
    let server = Canned::start(answers).await;
    let store = open(&server.address());
    let body = bytes::Bytes::from(vec![1; (1 << 20) + 1]);
    let error = store.put("k".into(), body.into(), PutMode::IfAbsent).await.unwrap_err();
    assert!(error.is_unknown(), "{error}");
    assert_eq!(server.seen.lock().len(), count);
}
