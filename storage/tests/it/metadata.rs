//! Metadata: transactions, replay, floors of leader epochs.

use std::collections::BTreeMap;
use std::sync::Arc;

use common_seams::SeededRng;
use common_types::TenantId;
use storage::meta::{CellState, MetaConflict, MetaError, MetaLog, MetaOp, TopicRow, Txn};
use storage::store::{ObjectStore, PutMode};
use storage_testkit::SimStore;
use uuid::Uuid;

use crate::golden;
use crate::sample::CELL;

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
        MetaOp::AddPartitions { id: Uuid::from_u128(5), pgs: vec![1] },
        MetaOp::SetConfigs { id: Uuid::from_u128(5), configs: BTreeMap::new() },
        MetaOp::DeleteTopic { id: Uuid::from_u128(5) },
        MetaOp::RemoveTenant { tenant: tenant() },
    ]);
    golden::check("meta_txn", &serde_json::to_vec(&all).unwrap());
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
    MetaLog::open(store, CELL, Uuid::from_u128(snapshot)).await
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_reopen() {
    let store = SimStore::new(Arc::new(SeededRng::new(1)));
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
async fn two_writers_of_one_cell_are_noticed() {
    let store = SimStore::new(Arc::new(SeededRng::new(1)));
    let mut first = open(&store, 1).await.unwrap();
    first.commit(&begin()).await.unwrap();
    let second = open(&store, 2).await.unwrap();
    assert_eq!(*second.state(), *first.state());
    let late = txn(vec![MetaOp::CreateTopic(topic(5, "orders", &[0]))]);
    assert_eq!(first.commit(&late).await, Err(MetaError::Fenced), "its term was sealed");
}

#[tokio::test]
async fn damage_is_named() {
    let store = SimStore::new(Arc::new(SeededRng::new(1)));
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
