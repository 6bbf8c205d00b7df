//! The leased queue: one holder at a time, no lost wake-up, no write of a fenced worker.

use std::collections::BTreeSet;

use api_app::model::{Backlog, Phase, StoreVitals};
use api_app::{Deletion, Keep, Repo, SystemWide, Terms, VitalsRepo as _};
use api_db::Store;
use reconciler::{Change, Claim, ClaimRequest, Finished, Intent, WorkError, WorkStore};

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};

on_both!(
    work_is_claimed_once_however_many_ask_at_a_time,
    expired_lease_is_taken_over_and_its_old_holder_is_fenced,
    wake_while_working_keeps_the_work,
    change_while_working_keeps_the_work,
    put_off_work_waits_unless_it_is_woken,
    lease_epochs_are_never_used_again,
    what_is_due_and_not_done_is_counted_with_its_age,
);

const LEASE_US: i64 = 30;

async fn clusters(store: &Store, seed: u64, count: usize) -> Vec<String> {
    let dice = Dice::new(seed);
    let environment = dice.environment();
    store.insert_environment(org(), environment.clone(), Terms::default()).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..count {
        let mut row = dice.cluster(&environment.id, Phase::Provisioning);
        row.created_us = 0;
        row.generation = 1;
        row.observed_generation = 0;
        ids.push(row.id.clone());
        store.insert_cluster(org(), row, "lsrc-1".to_owned(), Terms::default()).await.unwrap();
    }
    ids
}

async fn claim(store: &Store, now_us: i64) -> Option<Claim> {
    let lease_until_us = now_us + LEASE_US;
    let request = ClaimRequest { worker: "w".to_owned(), now_us, lease_until_us };
    store.claim(request).await.unwrap()
}

async fn work_is_claimed_once_however_many_ask_at_a_time(backend: Backend) {
    let store = backend.open().await;
    let ids = clusters(&store, 1, 6).await;
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut mine = Vec::new();
            while let Some(claim) = claim(&store, 10).await {
                mine.push((claim.lease_epoch, claim.uid));
            }
            mine
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    let epochs: BTreeSet<_> = all.iter().map(|(epoch, _)| *epoch).collect();
    let claimed: BTreeSet<_> = all.iter().map(|(_, id)| id.clone()).collect();
    assert_eq!((all.len(), epochs.len()), (6, 6));
    assert_eq!(claimed, ids.into_iter().collect());
}

async fn expired_lease_is_taken_over_and_its_old_holder_is_fenced(backend: Backend) {
    let store = backend.open().await;
    let id = clusters(&store, 2, 1).await.remove(0);
    let old = claim(&store, 10).await.unwrap();
    assert_eq!(claim(&store, 10 + LEASE_US - 1).await, None);
    store.renew(old.clone(), 100).await.unwrap();
    assert_eq!(claim(&store, 99).await, None, "renewed");
    let new = claim(&store, 100).await.unwrap();
    assert!(new.lease_epoch > old.lease_epoch);

    let change = Change::ClusterServed { generation: 1 };
    assert_eq!(store.renew(old.clone(), 500).await, Err(WorkError::Fenced));
    assert_eq!(store.record(old.clone(), change.clone(), 101).await, Err(WorkError::Fenced));
    assert_eq!(store.finish(old.clone(), Some(1), 101).await, Err(WorkError::Fenced));
    assert_eq!(store.retry_later(old, 101, String::new()).await, Err(WorkError::Fenced));
    assert_eq!(store.cluster(org(), id.clone()).await.unwrap().unwrap().phase, Phase::Provisioning);
    store.record(new.clone(), change, 101).await.unwrap();
    assert_eq!(store.finish(new, Some(1), 101).await, Ok(Finished::Done));
    assert_eq!(store.cluster(org(), id).await.unwrap().unwrap().phase, Phase::Provisioned);
}

async fn wake_while_working_keeps_the_work(backend: Backend) {
    let store = backend.open().await;
    clusters(&store, 3, 1).await;
    let held = claim(&store, 10).await.unwrap();
    store.wake_all(11).await.unwrap();
    assert_eq!(claim(&store, 12).await, None, "still leased");
    assert_eq!(store.finish(held, Some(1), 13).await, Ok(Finished::StillDue));
    let again = claim(&store, 13).await.unwrap();
    assert_eq!(store.finish(again, Some(1), 14).await, Ok(Finished::Done));
    assert_eq!(store.next_due().await.unwrap(), None);
}

async fn change_while_working_keeps_the_work(backend: Backend) {
    let store = backend.open().await;
    let id = clusters(&store, 4, 1).await.remove(0);
    let held = claim(&store, 10).await.unwrap();
    let Intent::Cluster(intent) = store.load(held.clone()).await.unwrap() else { panic!() };
    assert!(store.delete_cluster(org(), id, None, Deletion::at(11)).await.unwrap());
    let finished = store.finish(held, Some(intent.generation), 12).await;
    assert_eq!(finished, Ok(Finished::StillDue));
    let again = claim(&store, 12).await.unwrap();
    let Intent::Cluster(intent) = store.load(again).await.unwrap() else { panic!() };
    assert!(intent.delete);
}

async fn put_off_work_waits_unless_it_is_woken(backend: Backend) {
    let store = backend.open().await;
    clusters(&store, 5, 1).await;
    let held = claim(&store, 10).await.unwrap();
    store.retry_later(held, 1000, "no".to_owned()).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(1000));
    assert_eq!(claim(&store, 999).await, None);
    let held = claim(&store, 1000).await.unwrap();
    assert_eq!(held.attempts, 1);
    store.wake_all(1001).await.unwrap();
    store.retry_later(held, 1_000_000, "no".to_owned()).await.unwrap();
    let held = claim(&store, 1002).await.expect("woken while it was held");
    assert_eq!(held.attempts, 0);
}

async fn lease_epochs_are_never_used_again(backend: Backend) {
    let mut last = 0;
    for _ in 0..3 {
        let store = backend.open().await;
        if last == 0 {
            clusters(&store, 6, 1).await;
        } else {
            store.wake_all(10).await.unwrap();
        }
        let held = claim(&store, 10).await.unwrap();
        assert!(held.lease_epoch > last);
        last = held.lease_epoch;
        assert_eq!(store.finish(held, Some(1), 11).await, Ok(Finished::Done));
        store.close().await.unwrap();
    }
}

async fn what_is_due_and_not_done_is_counted_with_its_age(backend: Backend) {
    let store = backend.open().await;
    let look = async |now_us| store.vitals(SystemWide::Vitals, now_us).await.unwrap();
    assert_eq!(look(9).await, StoreVitals::default());
    let ids = clusters(&store, 3, 3).await;
    let seen = look(90).await;
    assert_eq!(seen.clusters, [(Phase::Provisioning, 3)]);
    let due = Backlog { waiting: 3, oldest_us: 90 };
    assert_eq!((seen.work, seen.clusters_leaving), (due, 0));
    let held = claim(&store, 90).await.unwrap();
    assert_eq!(look(91).await.work.waiting, 2, "one is at work");
    store.retry_later(held, 1_000, "no".to_owned()).await.unwrap();
    assert_eq!(look(999).await.work.waiting, 2, "one waits for its time");
    assert_eq!(look(90 + LEASE_US + 1_000).await.work.waiting, 3);
    assert_eq!(store.delete_cluster(org(), ids[0].clone(), None, Deletion::at(9)).await, Ok(true));
    let seen = look(2_000).await;
    assert_eq!((seen.clusters, seen.clusters_leaving), (vec![(Phase::Provisioning, 2)], 1));
    let keep = Keep { until_us: 9_000, deleted_by: "u-1".to_owned() };
    let for_a_while = Deletion { at_us: 9, keep: Some(keep) };
    assert_eq!(store.delete_cluster(org(), ids[1].clone(), None, for_a_while).await, Ok(true));
    let seen = look(2_000).await;
    assert_eq!((seen.clusters, seen.clusters_leaving), (vec![(Phase::Provisioning, 1)], 1));
}
