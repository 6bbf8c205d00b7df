//! Metadata: transactions, replay, floors of leader epochs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use common_types::TenantId;
use storage::levels::FormatLevels;
use storage::meta::{
    BrokerRow, CellState, MetaConflict, MetaError, MetaLog, MetaOp, Pin, TopicRow, Txn,
};
use storage::store::{ObjectStore, PutMode};
use storage_testkit::{Fate, Faults, Latency, Op, SimStore};
use uuid::Uuid;

use crate::golden;
use crate::sample::{CELL, well};

fn tenant() -> TenantId {
    "lkc-7q2m9k".parse().unwrap()
}

fn topic(id: u128, name: &str, pgs: &[u32]) -> TopicRow {
    TopicRow {
        tenant: tenant(),
        name: name.into(),
        id: Uuid::from_u128(id),
        pgs: pgs.to_vec(),
        replication_factor: 3,
        configs: BTreeMap::from([("retention.ms".to_owned(), "1000".to_owned())]),
        created_at_ms: 1_700_000_000_000,
    }
}

fn txn(ops: Vec<MetaOp>) -> Txn {
    Txn { acting: 1, ops }
}

fn begin() -> Txn {
    txn(vec![
        MetaOp::ActivateEpoch { epoch: 1 },
        MetaOp::Lead { pg: 0, epoch: 1, pg_epoch: 4 },
        MetaOp::Lead { pg: 1, epoch: 1, pg_epoch: 6 },
        MetaOp::PutTenant { tenant: tenant() },
    ])
}

#[test]
fn entries_and_snapshots_are_frozen() {
    let all = txn(vec![
        MetaOp::ActivateEpoch { epoch: 1 },
        MetaOp::SealEpoch { epoch: 0, end: 9 },
        MetaOp::Lead { pg: 0, epoch: 1, pg_epoch: 4 },
        MetaOp::PutTenant { tenant: tenant() },
        MetaOp::CreateTopic(topic(5, "orders", &[0, 1])),
        MetaOp::AddPartitions { id: Uuid::from_u128(5), present: None, pgs: vec![1] },
        MetaOp::SetConfigs { id: Uuid::from_u128(5), was: None, configs: BTreeMap::new() },
        MetaOp::DeleteTopic { id: Uuid::from_u128(5) },
        MetaOp::RemoveTenant { tenant: tenant() },
    ]);
    golden::check("meta_txn", &serde_json::to_vec(&all).unwrap());
    let broker = BrokerRow {
        epoch: 1,
        id: 3,
        node: "a".into(),
        zone: "z".into(),
        plain: ("h".into(), 1),
        tls: ("h".into(), 2),
        peer: Some("h:3".into()),
        draining: true,
        formats: FormatLevels::default(),
    };
    let moves = txn(vec![
        MetaOp::RegisterBroker(broker),
        MetaOp::FenceEpoch { epoch: 2 },
        MetaOp::WalLow { epoch: 1, slot: 7 },
        MetaOp::Unpin { epoch: 2, pg: 1 },
        MetaOp::RaiseEpoch { pg: 0, pg_epoch: 9 },
        MetaOp::PlanMove { pg: 0, to: 2, attempt: 1 },
        MetaOp::CancelMove { pg: 0, attempt: 1 },
        MetaOp::CompleteMove { pg: 0, attempt: 1, from: 3, bound: 9 },
        MetaOp::AddPartitions { id: Uuid::from_u128(5), present: Some(2), pgs: vec![1] },
        MetaOp::SetConfigs {
            id: Uuid::from_u128(5),
            was: Some(BTreeMap::new()),
            configs: BTreeMap::new(),
        },
    ]);
    golden::check("meta_txn_of_several_brokers", &serde_json::to_vec(&moves).unwrap());
    let mut state = CellState::default();
    state.apply(&begin()).unwrap();
    state.apply(&txn(vec![MetaOp::CreateTopic(topic(5, "orders", &[0, 1]))])).unwrap();
    state.apply(&txn(vec![MetaOp::CreateTopic(topic(6, "gone", &[1]))])).unwrap();
    state.apply(&txn(vec![MetaOp::DeleteTopic { id: Uuid::from_u128(6) }])).unwrap();
    let json = state.to_json().unwrap();
    golden::check("meta_snapshot", &json);
    assert_eq!(CellState::from_json(&json).unwrap(), state);
}

#[test]
fn a_transaction_applies_whole_or_not_at_all() {
    let mut state = CellState::default();
    state.apply(&begin()).unwrap();
    let before = state.clone();
    let second = txn(vec![
        MetaOp::CreateTopic(topic(5, "orders", &[0])),
        MetaOp::CreateTopic(topic(6, "orders", &[0])),
    ]);
    assert_eq!(state.apply(&second), Err(MetaConflict::TopicExists("orders".into())));
    assert_eq!(state, before);
}

#[test]
fn an_epoch_that_is_not_active_changes_nothing() {
    let mut state = CellState::default();
    state.apply(&begin()).unwrap();
    let late = Txn { acting: 9, ops: vec![MetaOp::PutTenant { tenant: tenant() }] };
    assert_eq!(state.apply(&late), Err(MetaConflict::Fenced(9)));
    let next = Txn {
        acting: 2,
        ops: vec![MetaOp::ActivateEpoch { epoch: 2 }, MetaOp::SealEpoch { epoch: 1, end: 3 }],
    };
    state.apply(&next).unwrap();
    let zombie = txn(vec![MetaOp::RemoveTenant { tenant: tenant() }]);
    assert_eq!(state.apply(&zombie), Err(MetaConflict::Fenced(1)));
}

#[test]
fn an_epoch_is_fenced_then_sealed_and_pinned_until_its_data_is_covered() {
    let mut state = CellState::default();
    state.apply(&begin()).unwrap();
    state.apply(&txn(vec![MetaOp::WalLow { epoch: 1, slot: 3 }])).unwrap();
    let by = |acting, ops| Txn { acting, ops };
    let (act, fence) = (MetaOp::ActivateEpoch { epoch: 2 }, MetaOp::FenceEpoch { epoch: 1 });
    state.apply(&by(2, vec![act, fence.clone()])).unwrap();
    assert_eq!(
        state.apply(&txn(vec![MetaOp::WalLow { epoch: 1, slot: 4 }])),
        Err(MetaConflict::Fenced(1)),
        "a fenced epoch commits nothing"
    );
    let low = |slot| MetaOp::WalLow { epoch: 1, slot };
    assert_eq!(state.apply(&by(2, vec![low(4)])), Err(MetaConflict::Fenced(1)), "nor is it moved");
    let lead = |pg, pg_epoch| MetaOp::Lead { pg, epoch: 2, pg_epoch };
    assert_eq!(state.apply(&by(2, vec![lead(0, 5)])), Err(MetaConflict::Led(0)), "not sealed yet");

    let seal = MetaOp::SealEpoch { epoch: 1, end: 9 };
    state.apply(&by(2, vec![fence, seal.clone(), lead(0, 5), lead(1, 7)])).unwrap();
    assert_eq!(state.apply(&by(2, vec![seal])), Err(MetaConflict::Fenced(1)), "write-once");
    let pin = |pg| Pin { pg, from: 3, bound: None };
    assert_eq!(state.pins(1).collect::<Vec<_>>(), [pin(0), pin(1)]);
    let needed = |slot| Err(MetaConflict::Needed { epoch: 1, slot });
    let unpin = |pg| MetaOp::Unpin { epoch: 1, pg };
    assert_eq!(state.apply(&by(2, vec![unpin(0), low(9)])), needed(9), "group 1 needs it");
    let json = state.to_json().unwrap();
    assert_eq!(CellState::from_json(&json).unwrap(), state);
    state.apply(&by(2, vec![unpin(0), unpin(1), low(9)])).unwrap();
    assert_eq!(state.wal_low(1), 9);
    assert_eq!(state.apply(&by(2, vec![low(8)])), needed(8), "it never falls");
    assert_eq!(state.apply(&by(2, vec![low(10)])), needed(10), "nor passes the end");
}

/// Epoch 1 leads groups 0 and 1; epoch 2 is active, too.
fn two_brokers() -> CellState {
    let mut state = CellState::default();
    state.apply(&begin()).unwrap();
    let second = Txn { acting: 2, ops: vec![MetaOp::ActivateEpoch { epoch: 2 }] };
    state.apply(&second).unwrap();
    state
}

fn complete(attempt: u64, from: u64, bound: u64) -> Txn {
    txn(vec![MetaOp::CompleteMove { pg: 0, attempt, from, bound }])
}

#[test]
fn a_move_pins_the_log_that_is_left_until_the_new_leader_covers_it() {
    let mut state = two_brokers();
    assert_eq!(state.apply(&complete(1, 3, 9)), Err(MetaConflict::Moved(0)), "not planned");
    let plan = |attempt| txn(vec![MetaOp::PlanMove { pg: 0, to: 2, attempt }]);
    assert_eq!(state.apply(&plan(2)), Err(MetaConflict::Moved(0)), "attempts are counted");
    state.apply(&plan(1)).unwrap();
    let by_target = Txn { acting: 2, ..complete(1, 3, 9) };
    assert_eq!(state.apply(&by_target), Err(MetaConflict::Led(0)), "only the leader gives it away");
    state.apply(&complete(1, 3, 9)).unwrap();
    let row = state.pgs()[&0];
    assert_eq!((row.leader, row.pg_epoch, row.moving), (2, 5, None));
    let pin = Pin { pg: 0, from: 3, bound: Some(9) };
    assert_eq!(state.pins_of(0).collect::<Vec<_>>(), [(1, pin)]);
    let low = |slot| txn(vec![MetaOp::WalLow { epoch: 1, slot }]);
    assert_eq!(state.apply(&low(4)), Err(MetaConflict::Needed { epoch: 1, slot: 4 }));
    state.apply(&low(3)).unwrap();
    let json = state.to_json().unwrap();
    assert_eq!(CellState::from_json(&json).unwrap(), state);
    let unpin = |acting| Txn { acting, ops: vec![MetaOp::Unpin { epoch: 1, pg: 0 }] };
    assert_eq!(state.apply(&unpin(1)), Err(MetaConflict::Led(0)), "it leads no more");
    state.apply(&unpin(2)).unwrap();
    state.apply(&low(4)).unwrap();
}

#[test]
fn copies_share_the_topics_that_a_transaction_leaves_alone() {
    let mut state = two_brokers();
    let (orders, other) = (topic(5, "orders", &[0]), topic(6, "other", &[1]));
    state.apply(&txn(vec![MetaOp::CreateTopic(orders)])).unwrap();
    let before = state.clone();
    state.apply(&txn(vec![MetaOp::PlanMove { pg: 0, to: 2, attempt: 1 }])).unwrap();
    assert!(std::ptr::eq(before.topics(), state.topics()), "a move copies no topic");
    state.apply(&txn(vec![MetaOp::CreateTopic(other)])).unwrap();
    let row = |state: &CellState| Arc::clone(&state.topics()[&Uuid::from_u128(5)]);
    assert!(Arc::ptr_eq(&row(&before), &row(&state)), "a new topic copies no other");
    let configs =
        MetaOp::SetConfigs { id: Uuid::from_u128(5), was: None, configs: BTreeMap::new() };
    state.apply(&txn(vec![configs])).unwrap();
    assert!(!row(&before).configs.is_empty(), "a copy stays what it was");
}

#[test]
fn a_move_that_was_cancelled_is_never_completed() {
    let mut state = two_brokers();
    state.apply(&txn(vec![MetaOp::PlanMove { pg: 0, to: 2, attempt: 1 }])).unwrap();
    state.apply(&txn(vec![MetaOp::CancelMove { pg: 0, attempt: 1 }])).unwrap();
    assert_eq!(state.apply(&complete(1, 0, 1)), Err(MetaConflict::Moved(0)));
    // The next attempt is no cover for the one before.
    state.apply(&txn(vec![MetaOp::PlanMove { pg: 0, to: 2, attempt: 2 }])).unwrap();
    assert_eq!(state.apply(&complete(1, 0, 1)), Err(MetaConflict::Moved(0)));
    // A target that is fenced gets nothing.
    state.apply(&txn(vec![MetaOp::FenceEpoch { epoch: 2 }])).unwrap();
    assert_eq!(state.apply(&complete(2, 0, 1)), Err(MetaConflict::Moved(0)));
}

#[test]
fn a_log_that_was_left_and_rejoined_is_pinned_to_its_end() {
    let mut state = two_brokers();
    state.apply(&txn(vec![MetaOp::PlanMove { pg: 0, to: 2, attempt: 1 }])).unwrap();
    state.apply(&complete(1, 3, 9)).unwrap();
    let back = MetaOp::PlanMove { pg: 0, to: 1, attempt: 2 };
    let done = MetaOp::CompleteMove { pg: 0, attempt: 2, from: 0, bound: 4 };
    state.apply(&Txn { acting: 2, ops: vec![back, done] }).unwrap();
    let ends = vec![MetaOp::FenceEpoch { epoch: 1 }, MetaOp::SealEpoch { epoch: 1, end: 20 }];
    state.apply(&Txn { acting: 2, ops: ends }).unwrap();
    let pins: Vec<_> = state.pins_of(0).collect();
    assert_eq!(pins[0], (1, Pin { pg: 0, from: 0, bound: None }));
    assert_eq!(pins[1], (2, Pin { pg: 0, from: 0, bound: Some(4) }));
}

#[test]
fn a_leader_that_lives_is_not_replaced_by_decree() {
    let mut state = two_brokers();
    let lead = |acting| Txn { acting, ops: vec![MetaOp::Lead { pg: 0, epoch: 2, pg_epoch: 9 }] };
    assert_eq!(state.apply(&lead(1)), Err(MetaConflict::Led(0)), "not even by itself: see moves");
    assert_eq!(state.apply(&lead(2)), Err(MetaConflict::Led(0)));
}

#[test]
fn leader_epochs_never_fall() {
    let mut state = CellState::default();
    state.apply(&begin()).unwrap();
    let falls = txn(vec![MetaOp::Lead { pg: 1, epoch: 1, pg_epoch: 5 }]);
    assert_eq!(state.apply(&falls), Err(MetaConflict::EpochFalls(1)));
    state.apply(&txn(vec![MetaOp::CreateTopic(topic(5, "orders", &[0, 1]))])).unwrap();
    assert_eq!(state.floor(tenant(), "orders"), None);
    state.apply(&txn(vec![MetaOp::DeleteTopic { id: Uuid::from_u128(5) }])).unwrap();
    assert_eq!(state.floor(tenant(), "orders"), Some(6), "the highest epoch it ever had");
}

async fn open(store: &SimStore, snapshot: u128) -> Result<MetaLog, MetaError> {
    let store: Arc<dyn ObjectStore> = Arc::new(store.clone());
    MetaLog::open(store, CELL, Uuid::from_u128(snapshot), None).await
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_reopen() {
    let store = well();
    let mut log = open(&store, 1).await.unwrap();
    log.commit(&begin()).await.unwrap();
    log.commit(&txn(vec![MetaOp::CreateTopic(topic(5, "orders", &[0]))])).await.unwrap();
    let state = log.state().clone();
    drop(log);
    for snapshot in 2..5 {
        let log = open(&store, snapshot).await.unwrap();
        assert_eq!(*log.state(), state);
    }
}

#[tokio::test]
async fn transactions_that_are_committed_together_are_one_entry() {
    let store = well();
    let mut log = open(&store, 1).await.unwrap();
    log.commit(&begin()).await.unwrap();
    let create = |id, name| txn(vec![MetaOp::CreateTopic(topic(id, name, &[0]))]);
    let both = [create(5, "orders"), create(6, "orders"), create(7, "more")];
    let outcomes = log.commit_all(&both).await.unwrap();
    assert_eq!(outcomes, [Ok(()), Err(MetaConflict::TopicExists("orders".into())), Ok(())]);
    assert_eq!(log.entries(), 2);
    let state = log.state().clone();
    assert_eq!(state.topics().len(), 2);
    assert_eq!(*open(&store, 2).await.unwrap().state(), state);
}

#[tokio::test]
async fn two_writers_of_one_cell_are_noticed() {
    let store = well();
    let mut first = open(&store, 1).await.unwrap();
    first.commit(&begin()).await.unwrap();
    let second = open(&store, 2).await.unwrap();
    assert_eq!(*second.state(), *first.state());
    let late = txn(vec![MetaOp::CreateTopic(topic(5, "orders", &[0]))]);
    assert_eq!(first.commit(&late).await, Err(MetaError::Fenced), "its term was sealed");
    let writer = MetaLog::writer(&store).await.unwrap().unwrap();
    assert_eq!(writer.term, second.term());
}

#[tokio::test]
async fn what_is_committed_while_another_opens_is_not_lost() {
    let store = well();
    let mut first = open(&store, 1).await.unwrap();
    first.commit(&begin()).await.unwrap();
    // The opener has put its seal behind the first entry and was cut off; so the writer is, too.
    let seal = storage::slot::SlotBuilder::default().finish(
        storage::ids::WalIdentity {
            cell: CELL,
            store: 0,
            epoch: storage::ids::BrokerEpoch(1),
            lane: 0,
            nonce: [0; 16],
        },
        1,
        storage::slot::SlotFlags::SEAL,
        1,
        0,
    );
    let key = "meta/0000000000000001/0000000000000001";
    store.put(key.into(), seal.payload(), PutMode::IfAbsent).await.unwrap();
    let late = txn(vec![MetaOp::CreateTopic(topic(5, "orders", &[0]))]);
    assert_eq!(first.commit(&late).await, Err(MetaError::Fenced));
    assert_eq!(open(&store, 2).await.unwrap().state(), first.state());
}

#[tokio::test(start_paused = true)]
async fn a_commit_whose_caller_went_away_is_settled_by_the_next_one() {
    for fate in [Fate::LostRequest, Fate::LostAnswer, Fate::Late(Duration::from_secs(5))] {
        let store = well();
        let mut log = open(&store, 1).await.unwrap();
        log.commit(&begin()).await.unwrap();
        store.plan(Op::Put, "meta", fate);
        let first = txn(vec![MetaOp::CreateTopic(topic(5, "orders", &[0]))]);
        let left = tokio::time::timeout(Duration::from_secs(1), log.commit(&first)).await;
        assert!(left.is_err(), "{fate:?}");
        log.commit(&txn(vec![MetaOp::CreateTopic(topic(6, "more", &[0]))])).await.unwrap();
        store.settle();
        let state = log.state().clone();
        assert_eq!(state.topics().len(), 2, "{fate:?}");
        assert_eq!(*open(&store, 2).await.unwrap().state(), state, "{fate:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_term_is_taken_over_within_seconds() {
    let store = well();
    let mut log = open(&store, 1).await.unwrap();
    log.commit(&begin()).await.unwrap();
    for id in 0..2000 {
        let create = MetaOp::CreateTopic(topic(id, &format!("topic-{id}"), &[0]));
        log.commit(&txn(vec![create])).await.unwrap();
    }
    let state = log.state().clone();
    let each = Duration::from_millis(30);
    let latency = Latency { median: each, p99: each };
    store.set_faults(Faults { latency, ..Faults::default() });
    let began = tokio::time::Instant::now();
    assert_eq!(*open(&store, 2).await.unwrap().state(), state);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_snapshot_within_the_life_of_a_writer_covers_all_before() {
    let store = well();
    let mut log = open(&store, 1).await.unwrap();
    log.commit(&begin()).await.unwrap();
    for id in 0..10 {
        let create = MetaOp::CreateTopic(topic(id, &format!("topic-{id}"), &[0]));
        log.commit(&txn(vec![create])).await.unwrap();
    }
    log.roll(Uuid::from_u128(7)).await.unwrap();
    assert_eq!((log.term(), log.entries()), (2, 0));
    let names = store.list("meta".into()).await.unwrap();
    let seal = "meta/0000000000000001/000000000000000b";
    let snapshot = format!("meta/snap/{}", Uuid::from_u128(7));
    assert_eq!(names, [seal, "meta/current", &snapshot]);
    // A twin of the writer, such as a machine that was resumed twice, finds its place taken.
    let twin = store.put(seal.into(), b"entry".to_vec().into(), PutMode::IfAbsent).await;
    assert!(matches!(twin, Err(storage::store::StoreError::Exists(_))), "{twin:?}");
    let last = txn(vec![MetaOp::CreateTopic(topic(99, "last", &[0]))]);
    log.commit(&last).await.unwrap();
    assert_eq!(MetaLog::read(&store, CELL).await.unwrap().as_ref(), Some(log.state()));
    let next = open(&store, 2).await.unwrap();
    assert_eq!((next.term(), next.state()), (3, log.state()));
}

#[tokio::test]
async fn whoever_was_taken_over_begins_no_term() {
    let store = well();
    let mut first = open(&store, 1).await.unwrap();
    first.commit(&begin()).await.unwrap();
    let mut second = open(&store, 2).await.unwrap();
    let create = txn(vec![MetaOp::CreateTopic(topic(5, "orders", &[0]))]);
    second.commit(&create).await.unwrap();
    assert_eq!(first.roll(Uuid::from_u128(7)).await, Err(MetaError::Fenced));
    assert_eq!(open(&store, 3).await.unwrap().state(), second.state());
}

#[tokio::test(start_paused = true)]
async fn a_term_whose_writer_went_away_while_it_began_is_settled_by_the_next_opener() {
    let fates = [Fate::LostRequest, Fate::LostAnswer, Fate::Late(Duration::from_secs(5))];
    let steps = ["meta/0000000000000001/0000000000000001", "meta/snap", "meta/current"];
    for (fate, step) in fates.into_iter().flat_map(|f| steps.map(|s| (f, s))) {
        let store = well();
        let mut log = open(&store, 1).await.unwrap();
        log.commit(&begin()).await.unwrap();
        let state = log.state().clone();
        store.plan(Op::Put, step, fate);
        let rolled = log.roll(Uuid::from_u128(7));
        let left = tokio::time::timeout(Duration::from_secs(1), rolled).await;
        assert!(left.is_err(), "{fate:?} of {step}");
        drop(log);
        let mut next = open(&store, 2).await.unwrap();
        assert_eq!(*next.state(), state, "{fate:?} of {step}");
        let create = txn(vec![MetaOp::CreateTopic(topic(5, "orders", &[0]))]);
        let committed = next.commit(&create).await;
        store.settle();
        let last = open(&store, 3).await.unwrap();
        assert_eq!(last.state().topics().len(), usize::from(committed.is_ok()), "{fate:?} {step}");
    }
}

#[tokio::test]
async fn damage_is_named() {
    let store = well();
    let mut log = open(&store, 1).await.unwrap();
    log.commit(&begin()).await.unwrap();
    let key = "meta/0000000000000001/0000000000000000";
    let (bytes, etag) = store.get(key.into()).await.unwrap();
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    store.put(key.into(), bytes.into(), PutMode::IfMatch(etag)).await.unwrap();
    let error = open(&store, 2).await.unwrap_err();
    assert!(matches!(&error, MetaError::Corrupt { key: k, .. } if k == key), "{error}");
}
