//! The self-test accepts a store that keeps its promises, and names the promise that another breaks.

use std::sync::Arc;
use std::time::Duration;

use common_seams::SeededRng;
use storage::prove::{ProveError, prove};
use storage_testkit::{Fate, Faults, Flaw, Latency, Op, SimStore};

fn slow_store() -> SimStore {
    let store = SimStore::new(Arc::new(SeededRng::new(1)));
    let latency = Latency { median: Duration::from_millis(5), p99: Duration::from_millis(20) };
    store.set_faults(Faults { latency, ..Faults::default() });
    store
}

#[tokio::test(start_paused = true)]
async fn a_sound_store_passes_and_is_left_clean() {
    let store = slow_store();
    prove(&store, &SeededRng::new(2)).await.unwrap();
    assert_eq!(store.keys(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn every_flaw_is_refused_with_its_name() {
    for (flaw, named) in [
        (Flaw::IgnoresIfAbsent, "If-None-Match"),
        (Flaw::IgnoresIfMatch, "If-Match"),
        (Flaw::LooksThenWrites, "put-if-absents at once both"),
        (Flaw::StaleList, "listing after a put"),
        (Flaw::StaleRead, "read after a"),
        (Flaw::IgnoresRange, "Range"),
        (Flaw::IgnoresStart, "listing behind a key"),
    ] {
        let store = slow_store();
        store.set_flaw(Some(flaw));
        let error = prove(&store, &SeededRng::new(2)).await.unwrap_err();
        assert!(matches!(error, ProveError::Unfit(_)), "{flaw:?}: {error}");
        assert!(error.to_string().contains(named), "{flaw:?}: {error}");
        store.set_flaw(None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_not_called_unfit() {
    for fate in [Fate::LostAnswer, Fate::Throttled, Fate::Denied] {
        for op in [Op::Put, Op::Get, Op::Range, Op::List, Op::Delete] {
            let store = slow_store();
            store.plan(op, "proof/", fate);
            let error = prove(&store, &SeededRng::new(2)).await.unwrap_err();
            assert!(matches!(error, ProveError::Store(_)), "{op:?} {fate:?}: {error}");
        }
    }
}
