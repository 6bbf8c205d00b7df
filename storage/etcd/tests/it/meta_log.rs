//! The metadata log of a cell in a real etcd.

use std::collections::BTreeMap;
use std::sync::Arc;

use common_seams::OsRng;
use storage::meta::{MetaError, MetaLog, MetaOp, TopicRow, Txn};
use storage::retry::RetryingStore;
use storage::store::ObjectStore;
use storage_etcd::EtcdAddress;
use uuid::Uuid;

use crate::server::{address, open};

const CELL: Uuid = Uuid::from_u128(0x0011_2233_4455_4677_8899_aabb_ccdd_eeff);

fn store(address: &EtcdAddress) -> Arc<dyn ObjectStore> {
    Arc::new(RetryingStore::for_ever(Arc::new(open(address)), Arc::new(OsRng::new())))
}

async fn log(address: &EtcdAddress, snapshot: u128) -> MetaLog {
    MetaLog::open(store(address), CELL, Uuid::from_u128(snapshot), None).await.unwrap()
}

fn txn(ops: Vec<MetaOp>) -> Txn {
    Txn { acting: 1, ops }
}

fn begin() -> Txn {
    let tenant = "lkc-7q2m9k".parse().unwrap();
    txn(vec![
        MetaOp::ActivateEpoch { epoch: 1 },
        MetaOp::Lead { pg: 0, epoch: 1, pg_epoch: 4 },
        MetaOp::PutTenant { tenant },
    ])
}

fn create(id: u128) -> MetaOp {
    MetaOp::CreateTopic(TopicRow {
        tenant: "lkc-7q2m9k".parse().unwrap(),
        name: format!("topic-{id}"),
        id: Uuid::from_u128(id),
        pgs: vec![0; 500],
        replication_factor: 3,
        configs: BTreeMap::new(),
        created_at_ms: 0,
    })
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_reopen() {
    let address = address().await;
    let mut first = log(&address, 1).await;
    first.commit(&begin()).await.unwrap();
    first.commit(&txn(vec![create(5)])).await.unwrap();
    let state = first.state().clone();
    drop(first);
    for snapshot in 2..5 {
        assert_eq!(*log(&address, snapshot).await.state(), state);
    }
}

#[tokio::test]
async fn of_two_writers_the_later_one_stays() {
    let address = address().await;
    let mut first = log(&address, 1).await;
    first.commit(&begin()).await.unwrap();
    let mut second = log(&address, 2).await;
    assert_eq!(first.commit(&txn(vec![create(5)])).await, Err(MetaError::Fenced));
    second.commit(&txn(vec![create(6)])).await.unwrap();
    let writer = MetaLog::writer(&*store(&address)).await.unwrap().unwrap();
    assert_eq!(writer.term, second.term());
    assert_eq!(log(&address, 3).await.state().topics().len(), 1);
}

#[tokio::test]
async fn a_snapshot_may_be_larger_than_a_request() {
    let address = address().await;
    let mut first = log(&address, 1).await;
    first.commit(&begin()).await.unwrap();
    for hundred in 0..20 {
        let ops = (0..100).map(|n| create(100 * hundred + n + 1)).collect();
        first.commit(&txn(ops)).await.unwrap();
    }
    let state = first.state().clone();
    assert!(state.to_json().unwrap().len() > 1_500_000);
    for snapshot in 2..4 {
        assert_eq!(*log(&address, snapshot).await.state(), state);
    }
}
