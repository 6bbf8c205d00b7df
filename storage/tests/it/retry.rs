//! What is retried, and what a retried put makes of meeting itself.

use std::sync::Arc;
use std::time::Duration;

use common_seams::SeededRng;
use storage::counted::CountedStore;
use storage::retry::{Backoff, DENIED_PATIENCE, RetryingStore};
use storage::store::{ObjectStore, PutMode, StoreError};
use storage_testkit::{Fate, Faults, Op, SimStore};
use tokio::time::Instant;

fn stores() -> (SimStore, RetryingStore) {
    let rng = Arc::new(SeededRng::new(1));
    let sim = SimStore::new(rng.clone());
    let retrying = RetryingStore::for_ever(Arc::new(sim.clone()), rng);
    (sim, retrying)
}

async fn create(store: &dyn ObjectStore, key: &str, body: &'static str) -> Result<(), StoreError> {
    store.put(key.to_owned(), body.into(), PutMode::IfAbsent).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_put_that_meets_its_own_earlier_attempt_has_succeeded() {
    let (sim, store) = stores();
    sim.plan(Op::Put, "k", Fate::LostAnswer);
    let tag = store.put("k".into(), "mine".into(), PutMode::IfAbsent).await.unwrap();
    assert_eq!(sim.counts().all(Op::Put).requests, 2);
    sim.plan(Op::Put, "k", Fate::LostAnswer);
    let swapped = store.put("k".into(), "next".into(), PutMode::IfMatch(tag)).await.unwrap();
    assert_eq!(store.get("k".into()).await.unwrap(), ("next".into(), swapped));
}

#[tokio::test(start_paused = true)]
async fn a_put_that_meets_another_object_has_not() {
    let (sim, store) = stores();
    create(&sim, "k", "theirs").await.unwrap();
    sim.plan(Op::Put, "k", Fate::LostRequest);
    assert_eq!(create(&store, "k", "mine").await, Err(StoreError::Exists("k".into())));
    create(&sim, "l", "same").await.unwrap();
    let met = create(&store, "l", "same").await;
    assert_eq!(met, Err(StoreError::Exists("l".into())), "without doubt nobody met himself");
}

#[tokio::test(start_paused = true)]
async fn a_storm_is_waited_out_and_definite_errors_are_told_at_once() {
    let (sim, store) = stores();
    sim.set_faults(Faults::storm());
    let calm = async {
        tokio::time::sleep(Duration::from_secs(600)).await;
        sim.set_faults(Faults::default());
    };
    let (put, ()) = tokio::join!(create(&store, "k", "x"), calm);
    put.unwrap();
    let attempts = sim.counts().all(Op::Put).requests;
    assert!((60..130).contains(&attempts), "{attempts} attempts in ten minutes");
    let begun = Instant::now();
    assert_eq!(store.get("none".into()).await, Err(StoreError::NotFound("none".into())));
    assert!(begun.elapsed() < Duration::from_millis(1));
}

#[tokio::test(start_paused = true)]
async fn patience_ends() {
    let (sim, store) = stores();
    sim.set_faults(Faults { denied: 1000, ..Faults::default() });
    let begun = Instant::now();
    assert!(matches!(create(&store, "k", "x").await, Err(StoreError::Denied { .. })));
    assert!(begun.elapsed() > DENIED_PATIENCE / 2 && begun.elapsed() <= DENIED_PATIENCE);

    let while_ = Duration::from_secs(30);
    let rng = Arc::new(SeededRng::new(1));
    let store = RetryingStore::for_a_while(Arc::new(sim.clone()), rng, while_);
    sim.set_faults(Faults::storm());
    let begun = Instant::now();
    assert!(store.list(String::new()).await.unwrap_err().is_unknown());
    assert!(begun.elapsed() > while_ / 2 && begun.elapsed() <= while_);
}

#[tokio::test(start_paused = true)]
async fn a_hostile_store_loses_no_put_and_forges_none() {
    let (sim, store) = stores();
    sim.set_faults(Faults::hostile());
    for i in 0..200 {
        let key = format!("k{i}");
        loop {
            match store
                .put(key.clone(), format!("body {i}").into_bytes().into(), PutMode::IfAbsent)
                .await
            {
                Ok(_) => break,
                Err(StoreError::Contended(_)) => {}
                Err(e) => panic!("{key}: {e}"),
            }
        }
    }
    sim.settle();
    for i in 0..200 {
        assert_eq!(sim.object(&format!("k{i}")).unwrap(), format!("body {i}"));
    }
}

#[test]
fn pauses_grow_and_are_never_equal_for_all() {
    let backoff = Backoff { first: Duration::from_millis(100), most: Duration::from_secs(10) };
    let rng = SeededRng::new(3);
    for attempt in 0..100 {
        let whole = Duration::from_millis(100 << attempt.min(20)).min(backoff.most);
        let pause = backoff.pause(attempt, &rng);
        assert!(pause >= whole / 2 && pause <= whole, "{attempt}: {pause:?}");
    }
}

#[tokio::test]
async fn requests_of_any_store_are_counted() {
    let (sim, _) = stores();
    let store = CountedStore::new(Arc::new(sim));
    create(&store, "wal/1", "12345").await.unwrap();
    create(&store, "wal/1", "12345").await.unwrap_err();
    store.get("wal/1".into()).await.unwrap();
    store.list("wal".into()).await.unwrap();
    store.delete("wal/1".into()).await.unwrap();
    let counts = store.counts();
    assert_eq!((counts.all(Op::Put).requests, counts.all(Op::Put).bytes_up), (2, 10));
    assert_eq!(counts.of(Op::Get, "wal").bytes_down, 5);
    assert_eq!((counts.all(Op::List).requests, counts.all(Op::Delete).requests), (1, 1));
}
