//! A receipt and what it is for are one transaction.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use api_app::model::Phase;
use api_app::{RECEIPT_KEPT, Receipt, ReceiptId, Repo, RepoError, Slice, SystemWide, Terms};

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};

on_both!(
    of_many_requests_at_a_time_one_is_carried_out,
    work_that_is_given_up_anywhere_leaves_all_or_nothing,
    refused_request_leaves_no_receipt,
    forgotten_receipt_makes_room,
    rehearsal_leaves_nothing,
);

fn receipt(key: u8, created_us: i64) -> Receipt {
    let id = ReceiptId {
        organization_id: "o'\"é".to_owned(),
        principal_id: "sa-1".to_owned(),
        key: [key; 32],
    };
    let answer = vec![0, 255, key];
    Receipt { id, request: [7; 32], status: 202, answer, pepper_version: 9, created_us }
}

fn under(key: u8) -> Terms {
    Terms { receipt: Some(receipt(key, 1)), rehearsal: false }
}

async fn of_many_requests_at_a_time_one_is_carried_out(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(1);
    let mut tasks = Vec::new();
    for _ in 0..12 {
        let (store, row) = (store.clone(), dice.environment());
        tasks.push(tokio::spawn(
            async move { store.insert_environment(org(), row, under(1)).await },
        ));
    }
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|o| **o == Err(RepoError::Repeated)).count(), 11);
    let slice = Slice { after: None, limit: 100 };
    assert_eq!(store.environments(org(), slice).await.unwrap().len(), 1);
    let expected = receipt(1, 1);
    store.close().await.unwrap();
    let store = backend.open().await;
    assert_eq!(store.receipt(org(), expected.id.clone()).await, Ok(Some(expected.clone())));
    let other = ReceiptId { principal_id: "sa-2".to_owned(), ..expected.id };
    assert_eq!(store.receipt(org(), other).await, Ok(None), "keys of one principal are its own");
}

/// Lets `work` go on until it has waited `waits` times, then drops it where it is.
async fn give_up_after<T>(waits: usize, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut left) = (pin!(work), waits);
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

async fn work_that_is_given_up_anywhere_leaves_all_or_nothing(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(2);
    let environment = dice.environment();
    store.insert_environment(org(), environment.clone(), Terms::default()).await.unwrap();
    let (mut given_up, mut waits) = (0, 0);
    loop {
        let row = dice.cluster(&environment.id, Phase::Provisioning);
        let (id, key) = (row.id.clone(), u8::try_from(waits).unwrap());
        let work = store.insert_cluster(org(), row, "lsrc-1".to_owned(), under(key));
        let done = give_up_after(waits, work).await;
        // A commit that was on its way may come while this looks; both come with it.
        let kept = store.receipt(org(), receipt(key, 1).id).await.unwrap().is_some();
        let there = store.cluster(org(), id).await.unwrap().is_some();
        let kept_then = store.receipt(org(), receipt(key, 1).id).await.unwrap().is_some();
        assert!(kept <= there && there <= kept_then, "given up after {waits} waits");
        match done {
            None => given_up += 1,
            Some(done) => {
                done.unwrap();
                assert!(there);
                break;
            }
        }
        waits += 1;
    }
    assert!(given_up > 0, "it waits for the store at least once");
}

async fn refused_request_leaves_no_receipt(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(3);
    let (first, mut second) = (dice.service_account(), dice.service_account());
    second.organization_id.clone_from(&first.organization_id);
    second.display_name.clone_from(&first.display_name);
    store.insert_service_account(org(), first, under(1)).await.unwrap();
    let refused = store.insert_service_account(org(), second.clone(), under(2)).await;
    assert!(matches!(refused, Err(RepoError::Taken { .. })), "{refused:?}");
    assert_eq!(store.receipt(org(), receipt(2, 1).id).await, Ok(None));
    second.display_name = dice.unique();
    store.insert_service_account(org(), second, under(2)).await.unwrap();
}

async fn forgotten_receipt_makes_room(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(4);
    let kept_us = i64::try_from(RECEIPT_KEPT.as_micros()).unwrap();
    let at = |us| Terms { receipt: Some(receipt(1, us)), rehearsal: false };
    store.insert_role_binding(org(), dice.role_binding(), at(10)).await.unwrap();
    let early = store.insert_role_binding(org(), dice.role_binding(), at(9 + kept_us)).await;
    assert_eq!(early, Err(RepoError::Repeated));
    store.insert_role_binding(org(), dice.role_binding(), at(10 + kept_us)).await.unwrap();
    let id = receipt(1, 1).id;
    assert_eq!(store.receipt(org(), id.clone()).await.unwrap().unwrap().created_us, 10 + kept_us);
    store.forget_receipts(SystemWide::Housekeeping, 9 + kept_us).await.unwrap();
    assert!(store.receipt(org(), id.clone()).await.unwrap().is_some());
    store.forget_receipts(SystemWide::Housekeeping, 10 + kept_us).await.unwrap();
    assert_eq!(store.receipt(org(), id).await, Ok(None));
}

async fn rehearsal_leaves_nothing(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(5);
    let row = dice.environment();
    let rehearsal = || Terms { receipt: None, rehearsal: true };
    store.insert_environment(org(), row.clone(), rehearsal()).await.unwrap();
    assert_eq!(store.environment(org(), row.id.clone()).await, Ok(None));
    store.insert_environment(org(), row.clone(), Terms::default()).await.unwrap();
    let mut same = dice.environment();
    same.organization_id.clone_from(&row.organization_id);
    same.display_name.clone_from(&row.display_name);
    let refused = store.insert_environment(org(), same, rehearsal()).await;
    assert_eq!(refused, Err(RepoError::Taken { existing_id: row.id }));
}
