//! What the fake store does to its callers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use common_seams::{Clock as _, ManualClock, SeededRng};
use storage::store::{ByteRange, ETag, ObjectStore as _, PutMode, StoreError};
use storage_testkit::{Fate, Faults, Flaw, Latency, Op, SimStore};
use tokio::time::Instant;

fn store() -> SimStore {
    SimStore::new(Arc::new(SeededRng::new(1)))
}

async fn create(store: &SimStore, key: &str, body: &'static str) -> Result<ETag, StoreError> {
    store.put(key.to_owned(), body.into(), PutMode::IfAbsent).await
}

async fn swap(
    store: &SimStore,
    key: &str,
    body: &'static str,
    tag: ETag,
) -> Result<ETag, StoreError> {
    store.put(key.to_owned(), body.into(), PutMode::IfMatch(tag)).await
}

async fn keys(store: &SimStore, prefix: &str, after: Option<&str>, max: usize) -> Vec<String> {
    let after = after.map(str::to_owned);
    let found = store.list_after(prefix.to_owned(), after, max).await.unwrap();
    found.into_iter().map(|o| o.key).collect()
}

#[tokio::test]
async fn a_store_that_is_well_keeps_every_promise() {
    let store = store();
    let first = create(&store, "a/1", "0123456789").await.unwrap();
    assert_eq!(create(&store, "a/1", "x").await, Err(StoreError::Exists("a/1".into())));
    let second = swap(&store, "a/1", "9876543210", first.clone()).await.unwrap();
    let stale = swap(&store, "a/1", "x", first).await;
    assert_eq!(stale, Err(StoreError::Changed("a/1".into())));
    let missing = swap(&store, "a/0", "x", second.clone()).await;
    assert_eq!(missing, Err(StoreError::Changed("a/0".into())));
    assert_eq!(store.get("a/1".into()).await.unwrap(), ("9876543210".into(), second));

    let part = store.get_range("a/1".into(), ByteRange::Between(2..4)).await.unwrap();
    assert_eq!((&part.bytes[..], part.size), (&b"76"[..], 10));
    let tail = store.get_range("a/1".into(), ByteRange::Last(3)).await.unwrap();
    assert_eq!(&tail.bytes[..], b"210");
    let behind = store.get_range("a/1".into(), ByteRange::Between(10..11)).await;
    assert_eq!(behind, Err(StoreError::Range("a/1".into())));

    create(&store, "a/2", "x").await.unwrap();
    create(&store, "b", "x").await.unwrap();
    assert_eq!(keys(&store, "a", None, 9).await, ["a/1", "a/2"]);
    assert_eq!(keys(&store, "a", Some("a/1"), 9).await, ["a/2"]);
    assert_eq!(keys(&store, "", None, 2).await, ["a/1", "a/2"]);
    store.delete("a/1".into()).await.unwrap();
    store.delete("a/1".into()).await.unwrap();
    assert_eq!(store.get("a/1".into()).await, Err(StoreError::NotFound("a/1".into())));
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_never_happens_and_a_lost_answer_hides_that_it_did() {
    let store = store();
    store.plan(Op::Put, "gone", Fate::LostRequest);
    store.plan(Op::Put, "done", Fate::LostAnswer);
    let begun = Instant::now();
    for (key, done) in [("gone", false), ("done", true)] {
        let error = create(&store, key, "x").await.unwrap_err();
        assert!(matches!(&error, StoreError::Unknown { .. }) && error.is_unknown(), "{error}");
        store.settle();
        assert_eq!(store.object(key).is_some(), done, "{key}");
    }
    assert_eq!(begun.elapsed(), 2 * Faults::default().timeout);
}

#[tokio::test(start_paused = true)]
async fn a_late_put_lands_after_its_caller_gave_up() {
    let store = store();
    store.plan(Op::Put, "k", Fate::Late(Duration::from_secs(60)));
    assert!(create(&store, "k", "late").await.unwrap_err().is_unknown());
    let gone = store.get("k".into()).await;
    assert_eq!(gone, Err(StoreError::NotFound("k".into())), "reading back proves nothing");
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(&store.get("k".into()).await.unwrap().0[..], b"late");
}

#[tokio::test(start_paused = true)]
async fn a_late_swap_is_burned_by_a_committed_one() {
    let store = store();
    let first = create(&store, "k", "1").await.unwrap();
    store.plan(Op::Put, "k", Fate::Late(Duration::from_secs(60)));
    assert!(swap(&store, "k", "late", first.clone()).await.unwrap_err().is_unknown());
    swap(&store, "k", "2", first).await.unwrap();
    assert_eq!(store.settle(), 1);
    assert_eq!(store.object("k").unwrap(), "2");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_may_be_delivered_twice() {
    let store = store();
    create(&store, "k", "1").await.unwrap();
    store.plan(Op::Delete, "k", Fate::Twice(Duration::from_secs(5)));
    store.delete("k".into()).await.unwrap();
    create(&store, "k", "2").await.unwrap();
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(keys(&store, "", None, 9).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_still_on_its_way() {
    let store = store();
    let slow = Latency { median: Duration::from_secs(1), p99: Duration::from_secs(1) };
    store.set_faults(Faults { latency: slow, ..Faults::default() });
    let waited = Duration::from_millis(1);
    let given_up = tokio::time::timeout(waited, create(&store, "k", "x")).await;
    assert!(given_up.is_err() && store.object("k").is_none());
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(create(&store, "k", "y").await, Err(StoreError::Exists("k".into())));
    assert_eq!(store.object("k").unwrap(), "x");
}

#[tokio::test(start_paused = true)]
async fn a_storm_a_conflict_and_a_refusal_are_told_apart() {
    let store = store();
    store.set_faults(Faults::storm());
    let calls = [create(&store, "k", "x").await.map(drop), store.delete("k".into()).await];
    for error in calls.map(Result::unwrap_err) {
        assert!(matches!(error, StoreError::Throttled { .. }), "{error}");
    }
    assert_eq!(keys(&store.caller(), "", None, 9).await, Vec::<String>::new(), "others are well");
    store.set_faults(Faults::default());
    store.plan(Op::Put, "k", Fate::ThrottledThoughDone);
    assert!(create(&store, "k", "x").await.unwrap_err().is_unknown());
    assert!(store.object("k").is_some());
    store.plan(Op::Put, "k2", Fate::Contended);
    assert_eq!(create(&store, "k2", "x").await, Err(StoreError::Contended("k2".into())));
    store.plan(Op::Get, "", Fate::Denied);
    let denied = store.get("k".into()).await.unwrap_err();
    assert!(matches!(denied, StoreError::Denied { .. }) && !denied.is_unknown());
}

#[tokio::test(start_paused = true)]
async fn latency_has_the_shape_that_was_asked_for() {
    let store = store();
    let (median, p99) = (Duration::from_millis(30), Duration::from_millis(150));
    let latency = Latency { median, p99 };
    store.set_faults(Faults { latency, list_delay: Duration::from_secs(1), ..Faults::default() });
    let mut took = Vec::new();
    for i in 0..1000 {
        let begun = Instant::now();
        create(&store, &format!("k{i}"), "x").await.unwrap();
        took.push(begun.elapsed());
    }
    took.sort();
    let near = |d: Duration, want: Duration| d > want.mul_f64(0.8) && d < want.mul_f64(1.3);
    assert!(near(took[500], median) && near(took[990], p99), "{:?} {:?}", took[500], took[990]);
    let begun = Instant::now();
    keys(&store, "", None, 9).await;
    assert!(begun.elapsed() > Duration::from_secs(1), "listings are slower");
}

#[tokio::test]
async fn an_object_may_vanish_and_the_date_may_disagree() {
    let store = store();
    assert_eq!(store.date(), None);
    create(&store, "k", "x").await.unwrap();
    assert!(store.vanish("k") && !store.vanish("k"));
    assert_eq!(store.get("k".into()).await, Err(StoreError::NotFound("k".into())));
    let yesterday = [("k/1".to_owned(), "y".into())];
    create(&store, "k/2", "x").await.unwrap();
    let tag = create(&store, "k/1", "x").await.unwrap();
    store.restore("k/", &yesterday);
    assert_eq!(store.objects("k/"), yesterday);
    assert_eq!(
        swap(&store, "k/1", "z", tag).await,
        Err(StoreError::Changed("k/1".into())),
        "what was restored is another version"
    );
    let clock = Arc::new(ManualClock::at_ms(5_500));
    clock.advance(Duration::from_millis(250));
    store.set_clock(Arc::clone(&clock) as Arc<_>, 600_000);
    let date = store.date().unwrap();
    assert_eq!((date.wall_ms, date.at), (605_000, clock.mono()), "to a second, as HTTP has it");
}

#[tokio::test]
async fn requests_are_counted_by_kind_and_place() {
    let store = store();
    create(&store, "wal/00/1", "12345").await.unwrap();
    create(&store.caller(), "wal/00/2", "123").await.unwrap();
    create(&store, "wal/00/2", "123").await.unwrap_err();
    store.get("wal/00/1".into()).await.unwrap();
    store.get_range("wal/00/1".into(), ByteRange::Last(2)).await.unwrap();
    keys(&store, "meta", None, 9).await;
    let counts = store.counts();
    let puts = counts.of(Op::Put, "wal");
    assert_eq!((puts.requests, puts.bytes_up), (3, 11));
    assert_eq!(counts.all(Op::Get).bytes_down, 5);
    assert_eq!(counts.of(Op::Range, "wal").bytes_down, 2);
    assert_eq!((counts.of(Op::List, "meta").requests, counts.all(Op::Delete).requests), (1, 0));
    assert_eq!(counts.iter().count(), 4);
}

#[tokio::test(start_paused = true)]
async fn every_flaw_breaks_its_promise() {
    let store = store();
    let flaw = |f| store.set_flaw(Some(f));
    let tag = create(&store, "k", "1").await.unwrap();

    flaw(Flaw::IgnoresIfAbsent);
    create(&store, "k", "2").await.unwrap();
    flaw(Flaw::IgnoresIfMatch);
    swap(&store, "k", "3", tag.clone()).await.unwrap();
    flaw(Flaw::StaleRead);
    assert_eq!(&store.get("k".into()).await.unwrap().0[..], b"2");
    flaw(Flaw::IgnoresRange);
    let part = store.get_range("k".into(), ByteRange::Between(0..0)).await.unwrap();
    assert_eq!(&part.bytes[..], b"3");
    flaw(Flaw::StaleList);
    create(&store, "l", "1").await.unwrap();
    assert_eq!(keys(&store, "", None, 9).await, ["k"]);
    flaw(Flaw::IgnoresStart);
    assert_eq!(keys(&store, "", Some("k"), 9).await, ["k", "l"]);
    flaw(Flaw::LooksThenWrites);
    let way = Duration::from_millis(10);
    store.set_faults(Faults { latency: Latency { median: way, p99: way }, ..Faults::default() });
    let (a, b) = tokio::join!(create(&store, "m", "a"), create(&store, "m", "b"));
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(create(&store, "m", "c").await, Err(StoreError::Exists("m".into())));
}

/// A thousand calls of a hostile store, as a list of outcomes.
async fn run(seed: u64) -> Vec<String> {
    let store = SimStore::new(Arc::new(SeededRng::new(seed)));
    store.set_faults(Faults::hostile());
    let mut log = Vec::new();
    for i in 0..1000 {
        let key = format!("k{}", i % 7);
        let outcome = match i % 5 {
            0 => store.delete(key).await.map(|()| String::new()),
            1 => store.get(key).await.map(|(b, tag)| format!("{b:?} {tag:?}")),
            2 => store.list(String::new()).await.map(|keys| keys.join(" ")),
            _ => create(&store, &key, "x").await.map(|tag| tag.0),
        };
        log.push(format!("{outcome:?}"));
    }
    store.settle();
    log.push(store.keys().join(" "));
    log
}

#[tokio::test(start_paused = true)]
async fn one_seed_is_one_run() {
    let first = run(7).await;
    assert_eq!(first, run(7).await);
    assert_ne!(first, run(8).await);
    for kind in ["Unknown", "Throttled", "Contended", "NotFound", "Exists", "Ok"] {
        assert!(first.iter().any(|line| line.contains(kind)), "no {kind} in a thousand calls");
    }
}
