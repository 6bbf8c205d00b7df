//! Format levels: who may raise them, who is refused afterwards, and what a cell of the first one looks like.

use std::sync::Arc;

use storage::levels::{FIRST_LEVEL, FormatLevels, LevelError};
use storage::meta::{BrokerRow, CellState, MetaConflict, MetaError, MetaLog, MetaOp, Txn};
use storage::store::ObjectStore;
use storage_testkit::SimStore;
use uuid::Uuid;

use crate::golden;
use crate::sample::{CELL, well};

const OLD: FormatLevels = FormatLevels { read_min: 1, write_max: 1 };
const NEW: FormatLevels = FormatLevels { read_min: 1, write_max: 2 };
const LATER: FormatLevels = FormatLevels { read_min: 2, write_max: 3 };

fn broker(epoch: u64, formats: FormatLevels) -> BrokerRow {
    BrokerRow {
        epoch,
        id: 3,
        node: "a".into(),
        zone: String::new(),
        plain: ("h".into(), 1),
        tls: ("h".into(), 2),
        peer: None,
        draining: false,
        formats,
    }
}

fn join(epoch: u64, formats: FormatLevels) -> Txn {
    let row = broker(epoch, formats);
    Txn { acting: epoch, ops: vec![MetaOp::ActivateEpoch { epoch }, MetaOp::RegisterBroker(row)] }
}

fn raise(acting: u64, level: u16) -> Txn {
    Txn { acting, ops: vec![MetaOp::RaiseLevel { level, by: "1.2.3".into() }] }
}

async fn open(known: FormatLevels, store: &SimStore, snapshot: u128) -> Result<MetaLog, MetaError> {
    let store: Arc<dyn ObjectStore> = Arc::new(store.clone());
    MetaLog::open_knowing(known, store, CELL, Uuid::from_u128(snapshot), None).await
}

#[test]
fn what_is_new_about_levels_is_frozen() {
    let ops = vec![
        MetaOp::RegisterBroker(broker(1, NEW)),
        MetaOp::RaiseLevel { level: 2, by: "1.2.3".into() },
    ];
    let txn = Txn { acting: 1, ops };
    golden::check("meta_txn_of_levels", &serde_json::to_vec(&txn).unwrap());
}

#[test]
fn a_broker_that_says_nothing_knows_the_first_level() {
    let json = r#"{"epoch":1,"id":3,"node":"a","plain":["h",1],"tls":["h",2]}"#;
    let row: BrokerRow = serde_json::from_str(json).unwrap();
    assert_eq!(row, broker(1, OLD));
    assert_eq!(serde_json::to_string(&row).unwrap(), json);
}

#[test]
fn a_level_is_raised_once_all_who_may_still_write_know_it() {
    let mut state = CellState::default();
    assert_eq!((state.level(), state.next_level()), (FIRST_LEVEL, None), "nobody is there");
    state.apply(&join(1, OLD)).unwrap();
    state.apply(&join(2, NEW)).unwrap();
    assert_eq!(state.next_level(), None);
    let lacks = |epoch| MetaConflict::Level { epoch, level: 2 };
    assert_eq!(state.apply(&raise(2, 2)), Err(lacks(1)));
    // One that is fenced may not know it yet.
    let fence = Txn { acting: 2, ops: vec![MetaOp::FenceEpoch { epoch: 1 }] };
    state.apply(&fence).unwrap();
    assert_eq!(state.apply(&raise(2, 2)), Err(lacks(1)));
    state.apply(&Txn { acting: 2, ops: vec![MetaOp::SealEpoch { epoch: 1, end: 0 }] }).unwrap();
    assert_eq!(state.next_level(), Some(2));
    state.apply(&raise(2, 2)).unwrap();
    assert_eq!((state.level(), state.raised_by()), (2, Some("1.2.3")));

    // It never falls, and who does not know it is no broker any more.
    state.apply(&raise(2, 1)).unwrap();
    assert_eq!(state.level(), 2);
    assert_eq!(state.apply(&join(3, OLD)), Err(lacks(3)));
    state.apply(&join(3, LATER)).unwrap();
    assert_eq!((state.level(), state.next_level()), (2, None), "broker 2 does not know level 3");
}

#[tokio::test]
async fn a_version_that_does_not_know_the_level_leaves_the_metadata_alone() {
    let store = well();
    let mut log = open(NEW, &store, 1).await.unwrap();
    log.commit(&join(1, NEW)).await.unwrap();
    drop(log);
    // Until the level is raised, the version before can go on.
    let mut log = open(OLD, &store, 2).await.unwrap();
    log.commit(&raise(1, 2)).await.unwrap();
    drop(log);
    let refused = |found: Result<MetaLog, MetaError>| match found {
        Err(MetaError::Level(LevelError { level: 2, known: OLD, raised_by })) => raised_by,
        other => panic!("{other:?}"),
    };
    // It is in no snapshot yet.
    assert_eq!(refused(open(OLD, &store, 3).await), Some("1.2.3".to_owned()));
    let term = MetaLog::writer(&store).await.unwrap().unwrap().term;
    assert_eq!(term, 2, "the term was ended, and no other one begun");
}

#[test]
#[cfg(debug_assertions)]
fn a_snapshot_says_its_level_and_who_raised_it() {
    let mut state = CellState::default();
    state.apply(&join(1, NEW)).unwrap();
    let before = state.to_json().unwrap();
    assert!(before.starts_with(br#"{"format_level":1,"epochs""#));
    state.apply(&raise(1, 2)).unwrap();
    let json = state.to_json().unwrap();
    assert!(json.starts_with(br#"{"format_level":2,"raised_by":"1.2.3","epochs""#));
    let refused = CellState::from_json(&json).unwrap_err().to_string();
    assert!(refused.contains("format level 2") && refused.contains("1.2.3"), "{refused}");
    storage::levels::rehearse(2);
    assert_eq!(CellState::from_json(&json).unwrap(), state);
    storage::levels::rehearse(1);
}

#[tokio::test]
#[cfg(debug_assertions)]
async fn a_newer_pointer_is_refused_before_anything_is_sealed() {
    storage::levels::rehearse(2);
    let store = well();
    let mut log = open(NEW, &store, 1).await.unwrap();
    log.commit(&join(1, NEW)).await.unwrap();
    log.commit(&raise(1, 2)).await.unwrap();
    drop(log);
    let mut log = open(NEW, &store, 2).await.unwrap();
    assert_eq!(log.state().level(), 2);
    assert!(matches!(open(OLD, &store, 3).await, Err(MetaError::Level(_))));
    // Whoever has the term still has it.
    log.commit(&join(2, NEW)).await.unwrap();
    storage::levels::rehearse(1);
}
