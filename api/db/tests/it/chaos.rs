//! Kill and fail at every point of making and removing a cluster.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use api_app::model::{KeyScope, Phase};
use api_app::{Change, NewTopic};
use common_seams::Clock as _;
use futures_util::future::BoxFuture;
use reconciler::{CellWish, Outcome, Progress, Provision, ProvisionError};
use tokio::sync::Notify;

use crate::backend::{Backend, on_both};
use crate::fake_data_plane::Fault;
use crate::plane::Plane;

on_both!(
    every_step_may_fail_before_or_after_its_effect,
    worker_may_be_killed_at_any_point_of_making_a_cluster,
    cluster_may_be_deleted_in_any_state,
    many_workers_make_each_cluster_once,
    worker_that_lost_its_lease_records_nothing,
);

/// Asks for two topics while the first cluster is provisioning.
async fn post_topics(plane: &Plane) {
    let mut caller = plane.admin.clone();
    caller.key_scope = KeyScope::Cloud;
    for name in ["a", "b"] {
        let new = NewTopic { name: name.to_owned(), ..NewTopic::default() };
        plane.app.create_topic(&caller, &plane.first_cluster, new).await.unwrap();
    }
}

async fn assert_made(plane: &Plane, what: &str) {
    assert_eq!(plane.cell.content()[&plane.first_cluster], ["a", "b"], "{what}");
    let row = plane.app.kafka_cluster(&plane.admin, &plane.first_cluster).await.unwrap();
    assert_eq!(
        (row.phase, row.observed_generation),
        (Phase::Provisioned, row.generation),
        "{what}"
    );
}

async fn every_step_may_fail_before_or_after_its_effect(_: Backend) {
    for fault in [Fault::Before, Fault::After] {
        for step in 0..3 {
            let backend = Backend::sqlite();
            let plane = Plane::new(&backend, step).await;
            post_topics(&plane).await;
            let mut faults = vec![None; usize::try_from(step).unwrap()];
            faults.extend([Some(fault), Some(fault)]);
            plane.cell.plan_faults(faults);
            plane.settle().await;
            assert_made(&plane, &format!("{fault:?} at step {step}")).await;
        }
    }
}

async fn worker_may_be_killed_at_any_point_of_making_a_cluster(backend: Backend) {
    let plane = Plane::new(&backend, 7).await;
    post_topics(&plane).await;
    // Each kill comes a little later than the one before it, and leaves its lease behind.
    for polls in 1..60 {
        plane.killed_turn(polls).await;
        plane.clock.advance(plane.worker.lease);
    }
    plane.settle().await;
    assert_made(&plane, "after kills").await;
}

async fn cluster_may_be_deleted_in_any_state(backend: Backend) {
    let plane = Plane::new(&backend, 8).await;
    plane.settle().await;
    for polls in 0..40 {
        let environment = plane.environment(&format!("e{polls}")).await;
        let cluster = plane.cluster(&environment).await;
        plane.killed_turn(polls).await;
        plane.clock.advance(plane.worker.lease);
        if polls % 2 == 0 {
            plane
                .app
                .delete_environment(&plane.admin, &environment, &Change::default())
                .await
                .unwrap();
        } else {
            let environment = Some(environment.as_str());
            plane
                .app
                .delete_cluster(&plane.admin, environment, &cluster, &Change::default())
                .await
                .unwrap();
        }
        plane.killed_turn(polls / 2).await;
        plane.clock.advance(plane.worker.lease);
    }
    plane.settle().await;
    let left: Vec<String> = plane.cell.content().into_keys().collect();
    assert_eq!(left, [plane.first_cluster.as_str()], "nothing else stays behind");
}

async fn many_workers_make_each_cluster_once(backend: Backend) {
    let plane = Plane::new(&backend, 9).await;
    let environment = plane.environment("e").await;
    let mut expected = vec![plane.first_cluster.clone()];
    for _ in 0..12 {
        expected.push(plane.cluster(&environment).await);
    }
    expected.sort();
    let mut workers = Vec::new();
    for _ in 0..4 {
        let worker = plane.worker.clone();
        workers.push(tokio::spawn(async move {
            while worker.turn().await.unwrap() != Outcome::Idle {}
        }));
    }
    for worker in workers {
        worker.await.unwrap();
    }
    plane.settle().await;
    assert_eq!(plane.cell.content().into_keys().collect::<Vec<_>>(), expected);
    assert_eq!(plane.cell.changes(), 13, "one change a cluster");
}

/// A cell whose answer comes when the test lets it.
struct Slow {
    inner: Arc<dyn Provision>,
    asked: Notify,
    go_on: Notify,
    slow: AtomicBool,
}

impl Provision for Slow {
    fn advance(&self, wish: CellWish) -> BoxFuture<'_, Result<Progress, ProvisionError>> {
        Box::pin(async move {
            let answer = self.inner.advance(wish).await;
            if self.slow.swap(false, Ordering::SeqCst) {
                self.asked.notify_one();
                self.go_on.notified().await;
            }
            answer
        })
    }
}

async fn worker_that_lost_its_lease_records_nothing(backend: Backend) {
    let plane = Plane::new(&backend, 10).await;
    let slow = Arc::new(Slow {
        inner: plane.worker.provision.clone(),
        asked: Notify::new(),
        go_on: Notify::new(),
        slow: AtomicBool::new(true),
    });
    let mut zombie = plane.worker.clone();
    zombie.provision = slow.clone();
    let turn = tokio::spawn(async move { zombie.turn().await.unwrap() });
    slow.asked.notified().await;
    plane.clock.advance(plane.worker.lease);
    let environment = &plane.app.kafka_cluster(&plane.admin, &plane.first_cluster).await.unwrap();
    let environment = Some(environment.environment_id.as_str());
    plane
        .app
        .delete_cluster(&plane.admin, environment, &plane.first_cluster, &Change::default())
        .await
        .unwrap();
    assert_eq!(plane.worker.turn().await.unwrap(), Outcome::Worked, "taken over");
    assert!(plane.cell.content().is_empty());
    slow.go_on.notify_one();
    assert_eq!(turn.await.unwrap(), Outcome::Fenced);
    assert!(plane.clock.wall_us() > 0);
    plane.settle().await;
    assert!(plane.cell.content().is_empty());
}
