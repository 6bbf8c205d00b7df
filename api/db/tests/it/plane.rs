//! A control plane over one store: use-cases, workers and a cell with faults.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use api_app::{
    AccessPublisher, App, AppParts, Asked, BootstrapNames, Caller, ClusterWish, Endpoints,
    EnvironmentWish, KeySetError, KeySets, Peppers, Post, PostError, Poster, PublishError,
};
use api_db::Store;
use common_seams::{ManualClock, SeededRng};
use common_types::access::{AccessChange, AccessSnapshot};
use futures_util::future::BoxFuture;
use provisioner_local::LocalCell;
use reconciler::{Outcome, Worker};
use tokio::sync::Notify;

use crate::backend::Backend;
use crate::fake_data_plane::FakeDataPlane;

struct Nobody;

impl AccessPublisher for Nobody {
    fn publish(&self, _: AccessSnapshot) -> BoxFuture<'_, Result<(), PublishError>> {
        Box::pin(async { Ok(()) })
    }

    fn change(&self, _: AccessChange) -> BoxFuture<'_, Result<bool, PublishError>> {
        Box::pin(async { Ok(true) })
    }
}

impl KeySets for Nobody {
    fn check(&self, _: &str) -> Result<(), KeySetError> {
        Ok(())
    }

    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<u8>, KeySetError>> {
        Box::pin(async { Err(KeySetError::Unreachable("nobody is there".to_owned())) })
    }

    fn post<'a>(
        &'a self,
        _: &'a str,
        _: String,
        _: Option<(String, String)>,
    ) -> BoxFuture<'a, Result<Vec<u8>, KeySetError>> {
        Box::pin(async { Err(KeySetError::Unreachable("nobody is there".to_owned())) })
    }
}

impl Poster for Nobody {
    fn check(&self, _: &str) -> Result<(), PostError> {
        Ok(())
    }

    fn post(&self, _: Post) -> BoxFuture<'_, Result<u16, PostError>> {
        Box::pin(async { Err(PostError::Unreachable("nobody is there".to_owned())) })
    }
}

pub(crate) struct Plane {
    pub(crate) app: App,
    pub(crate) admin: Caller,
    pub(crate) cell: Arc<FakeDataPlane>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) worker: Worker,
    pub(crate) first_cluster: String,
}

impl Plane {
    pub(crate) async fn new(backend: &Backend, seed: u64) -> Self {
        Self::with_undo(backend, seed, Duration::ZERO).await
    }

    /// The same where what is deleted can be brought back for so long.
    pub(crate) async fn with_undo(backend: &Backend, seed: u64, undo_window: Duration) -> Self {
        let store: Arc<Store> = Arc::new(backend.open().await);
        let clock = Arc::new(ManualClock::at_ms(1_700_000_000_000));
        let rng = Arc::new(SeededRng::new(seed));
        let cell = Arc::new(FakeDataPlane::default());
        let app = App::new(AppParts {
            repo: store.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
            peppers: Peppers::new(1, [1; 32]),
            endpoints: Endpoints {
                api_base_url: String::new(),
                kafka_bootstrap: String::new(),
                kafka_rest_base_url: String::new(),
                registry_base_url: String::new(),
            },
            data_plane: cell.clone(),
            kafka: cell.clone(),
            meter: cell.clone(),
            key_sets: Arc::new(Nobody),
            poster: Arc::new(Nobody),
            security: api_app::SecurityRules::default(),
            undo_window,
            publisher: Arc::new(Nobody),
            hint: Arc::new(Notify::new()),
        });
        let first = app.bootstrap(&BootstrapNames::default()).await.unwrap();
        let keys = first.secrets.unwrap();
        let admin = app.authenticate_cloud(&keys.api_key, &keys.api_secret, None).await.unwrap();
        let worker = Worker {
            name: "test".to_owned(),
            store,
            provision: Arc::new(LocalCell::new(cell.clone())),
            clock: clock.clone(),
            rng,
            lease: Duration::from_secs(30),
        };
        Self { app, admin, cell, clock, worker, first_cluster: first.cluster_id }
    }

    pub(crate) async fn environment(&self, name: &str) -> String {
        let wish =
            EnvironmentWish { display_name: Some(name.to_owned()), ..EnvironmentWish::default() };
        self.app.create_environment(&self.admin, wish, Asked::plainly()).await.unwrap().id
    }

    pub(crate) async fn cluster(&self, environment: &str) -> String {
        let wish = ClusterWish {
            display_name: Some("c".to_owned()),
            cloud: Some("AWS".to_owned()),
            region: Some("us-east-1".to_owned()),
            environment_id: Some(environment.to_owned()),
            ..ClusterWish::default()
        };
        self.app.create_cluster(&self.admin, wish, Asked::plainly()).await.unwrap().id
    }

    /// One turn of a worker that is killed after some polls, if it is not done by then: its lease stays
    /// behind, its transaction is rolled back, its question to the cell is dropped.
    pub(crate) async fn killed_turn(&self, polls: u64) {
        let mut left = polls;
        let mut turn = pin!(self.worker.turn());
        poll_fn(|context| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            turn.as_mut().poll(context).map(|_| ())
        })
        .await;
    }

    /// Lets time pass until nothing is left to do, and checks that then nothing is done any more.
    pub(crate) async fn settle(&self) {
        for _ in 0..2000 {
            while self.worker.turn().await.unwrap() != Outcome::Idle {}
            if self.worker.store.next_due().await.unwrap().is_none() {
                return self.assert_quiet().await;
            }
            // Leases of the dead and back-off end some time.
            self.clock.advance(Duration::from_secs(20));
        }
        panic!("it does not settle");
    }

    async fn assert_quiet(&self) {
        let before = self.cell.changes();
        self.worker.store.wake_all(self.app_now()).await.unwrap();
        while self.worker.turn().await.unwrap() != Outcome::Idle {}
        assert_eq!(self.cell.changes(), before, "settled, and yet the cell was changed");
    }

    fn app_now(&self) -> i64 {
        common_seams::Clock::wall_us(&*self.clock)
    }
}
