use std::sync::Arc;
use std::time::Duration;

use common_seams::{Clock, Rng};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::ports::{Provision, WorkError, WorkStore};
use crate::worker::{Outcome, Worker};

/// How the reconciler runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Workers side by side.
    pub workers: usize,
    /// How long a claim holds without a sign of life.
    pub lease: Duration,
    /// Longest wait without a hint.
    pub scan: Duration,
    /// Wait after the store did not answer.
    pub store_pause: Duration,
    /// Whether it begins with a look at everything, not only at what waits for work.
    pub looks_first: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: 2,
            lease: Duration::from_secs(30),
            scan: Duration::from_secs(10),
            store_pause: Duration::from_secs(1),
            looks_first: true,
        }
    }
}

/// Workers over one queue.
pub struct Reconciler {
    worker: Worker,
    hint: Arc<Notify>,
    settings: Settings,
}

impl Reconciler {
    /// Puts the parts together. Nothing runs by itself.
    #[must_use]
    pub fn new(
        store: Arc<dyn WorkStore>,
        provision: Arc<dyn Provision>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        hint: Arc<Notify>,
        settings: Settings,
    ) -> Self {
        let lease = settings.lease;
        let worker = Worker { name: "worker".to_owned(), store, provision, clock, rng, lease };
        Self { worker, hint, settings }
    }

    /// Looks at everything once, unless told not to, then works until cancelled. Work that is under way when cancelled is
    /// dropped between two awaits, as a crash would: the next start goes on from what was recorded.
    pub async fn run(self, cancel: CancellationToken) {
        if self.settings.looks_first
            && let Err(error) = self.worker.store.wake_all(self.worker.clock.wall_us()).await
        {
            warn!(reason = %error, "the first look at everything was skipped");
        }
        let mut workers = JoinSet::new();
        for index in 0..self.settings.workers {
            let mut worker = self.worker.clone();
            worker.name = format!("worker-{index}");
            let (hint, settings, cancel) = (Arc::clone(&self.hint), self.settings, cancel.clone());
            workers.spawn(async move {
                tokio::select! {
                    () = cancel.cancelled() => {}
                    () = work_on(worker, hint, settings) => {}
                }
            });
        }
        while workers.join_next().await.is_some() {}
    }
}

async fn work_on(worker: Worker, hint: Arc<Notify>, settings: Settings) {
    loop {
        match worker.turn().await {
            Ok(Outcome::Worked | Outcome::Fenced) => {
                // The other workers may sleep while more is due.
                hint.notify_waiters();
            }
            Ok(Outcome::Idle) => {
                let wait = idle_wait(&worker, settings).await.unwrap_or(settings.store_pause);
                tokio::select! {
                    () = hint.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            }
            Err(error) => {
                warn!(reason = %error, "the reconciler waits for its store");
                tokio::time::sleep(settings.store_pause).await;
            }
        }
    }
}

async fn idle_wait(worker: &Worker, settings: Settings) -> Result<Duration, WorkError> {
    let Some(due_us) = worker.store.next_due().await? else { return Ok(settings.scan) };
    let wait_us = due_us.saturating_sub(worker.clock.wall_us()).max(0);
    Ok(Duration::from_micros(u64::try_from(wait_us).unwrap_or(0)).min(settings.scan))
}
