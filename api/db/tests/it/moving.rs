//! The move from SQLite to Postgres, while the store is used.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use api_app::{Repo, Slice, Terms};
use api_db::{MoveError, Owner, Ownership, PostgresUrl, Store, StoreConfig};
use uuid::Uuid;

use crate::backend::Backend;
use crate::dice::{Dice, org};
use crate::plane::Plane;
use crate::postgres_server;

async fn target(url: &PostgresUrl) -> (Store, Ownership) {
    let owner =
        Owner { installation: Uuid::from_u128(1), may_begin: true, name: "mover".to_owned() };
    Store::open_owned(url, &owner).await.unwrap()
}

async fn environments(store: &Store) -> BTreeSet<String> {
    let rows = store.environments(org(), Slice { after: None, limit: 10_000 }).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

/// Writes until it is told to stop, and returns what was acknowledged.
async fn write(store: Store, seeds: u64, stop: Arc<AtomicBool>) -> BTreeSet<String> {
    let mut made = BTreeSet::new();
    for seed in seeds.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let row = Dice::new(seed).environment();
        let id = row.id.clone();
        store.insert_environment(org(), row, Terms::default()).await.unwrap();
        made.insert(id);
    }
    made
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_notice_a_wait_and_nothing_is_lost() {
    let backend = Backend::sqlite();
    let plane = Plane::new(&backend, 3).await;
    plane.cluster(&plane.environment("e").await).await;
    plane.settle().await;
    let store = backend.open().await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (1..4_u64)
        .map(|number| tokio::spawn(write(store.clone(), number * 1_000_000, Arc::clone(&stop))))
        .collect();
    while environments(&store).await.len() < 50 {
        tokio::task::yield_now().await;
    }
    let url = PostgresUrl::parse(&postgres_server::new_database()).unwrap();
    let (there, _ownership) = target(&url).await;
    let moved = store.move_to(&there, || Ok(())).await.unwrap();
    assert!(moved.rows > 60, "{moved:?}");
    let at_the_move = environments(&there).await.len();
    while environments(&there).await.len() < at_the_move + 50 {
        tokio::task::yield_now().await;
    }
    stop.store(true, Ordering::SeqCst);
    let mut made = BTreeSet::new();
    for writer in writers {
        made.extend(writer.await.unwrap());
    }
    assert_eq!(environments(&there).await, made);
    let StoreConfig::Sqlite(file) = &backend.config else { panic!() };
    let left = environments(&Store::open(&StoreConfig::Sqlite(file.clone())).await.unwrap()).await;
    assert!(left.is_subset(&made) && left.len() < made.len(), "the file got nothing more");
    // Numbers go on where they were: the first pass behind the move writes an event.
    let after = plane_of(&there, &plane).await;
    assert!(after > 0);
}

/// How many passes found something to do in the new place.
async fn plane_of(store: &Store, plane: &Plane) -> u32 {
    let mut worker = plane.worker.clone();
    worker.store = Arc::new(store.clone());
    worker.store.wake_all(i64::MAX / 2 - 1).await.unwrap();
    worker.store.wake_all(0).await.unwrap();
    let mut turns = 0;
    while worker.turn().await.unwrap() != reconciler::Outcome::Idle {
        turns += 1;
    }
    turns
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_is_not_decided_leaves_the_store_where_it_was() {
    let store = Backend::sqlite().open().await;
    let url = PostgresUrl::parse(&postgres_server::new_database()).unwrap();
    let (there, _ownership) = target(&url).await;
    let first = Dice::new(1).environment();
    store.insert_environment(org(), first.clone(), Terms::default()).await.unwrap();
    let refused = store.move_to(&there, || Err("the disk is full".to_owned())).await;
    assert!(matches!(refused, Err(MoveError::NotDecided(_))), "{refused:?}");
    let second = Dice::new(2).environment();
    store.insert_environment(org(), second.clone(), Terms::default()).await.unwrap();
    assert_eq!(environments(&there).await, BTreeSet::from([first.id.clone()]));
    // Again: what the first attempt has left is replaced.
    store.move_to(&there, || Ok(())).await.unwrap();
    assert_eq!(environments(&there).await, BTreeSet::from([first.id, second.id]));
}
