use std::sync::Arc;
use std::time::Duration;

use common_seams::{Clock, Rng, SPANS};
use tracing::{Instrument as _, Span, debug, info, info_span, warn};

use crate::backoff::{STALLED_AFTER, wait_us};
use crate::pass::{self, Next};
use crate::ports::{
    Change, Claim, ClaimRequest, ClusterIntent, Finished, Intent, Provision, ProvisionError,
    WorkError, WorkStore,
};

/// Looks at one resource under one claim, at most: a bound against a cell that never settles.
const LOOKS_MAX: usize = 10_000;

/// What one turn of a worker came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was due.
    Idle,
    /// Work was done, or put off.
    Worked,
    /// Somebody else took the work over meanwhile.
    Fenced,
}

/// Claims work and makes passes over it.
#[derive(Clone)]
pub struct Worker {
    /// For people.
    pub name: String,
    /// The queue.
    pub store: Arc<dyn WorkStore>,
    /// The cell.
    pub provision: Arc<dyn Provision>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub rng: Arc<dyn Rng>,
    /// How long a claim holds without a sign of life. A step gets half of it.
    pub lease: Duration,
}

/// Why a claim ended early.
enum Stop {
    Fenced,
    Failed(String),
}

impl From<WorkError> for Stop {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Fenced => Self::Fenced,
            WorkError::Unavailable(why) => Self::Failed(why),
        }
    }
}

impl Worker {
    /// Claims at most one piece of work and works on it until it is settled, fails or is lost.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn turn(&self) -> Result<Outcome, WorkError> {
        let now_us = self.clock.wall_us();
        let lease_until_us = self.lease_end(now_us);
        let request = ClaimRequest { worker: self.name.clone(), now_us, lease_until_us };
        let Some(claim) = self.store.claim(request).await? else { return Ok(Outcome::Idle) };
        match self.work(&claim).instrument(span(&claim)).await {
            Ok(()) => Ok(Outcome::Worked),
            Err(Stop::Fenced) => Ok(Outcome::Fenced),
            Err(Stop::Failed(why)) => match self.put_off(&claim, why).await {
                Ok(()) => Ok(Outcome::Worked),
                Err(WorkError::Fenced) => Ok(Outcome::Fenced),
                Err(error) => Err(error),
            },
        }
    }

    async fn work(&self, claim: &Claim) -> Result<(), Stop> {
        for _ in 0..LOOKS_MAX {
            let intent = self.store.load(claim.clone()).await?;
            let (generation, next) = match intent {
                Intent::Gone | Intent::Kept => (None, Next::Settled(Vec::new())),
                Intent::Environment(intent) => (Some(intent.generation), pass::environment(intent)),
                Intent::Cluster(intent) => {
                    (Some(intent.generation), self.look(claim, &intent).await?)
                }
            };
            let (changes, settled) = match next {
                Next::Again(changes) => (changes, false),
                Next::Settled(changes) => (changes, true),
            };
            for change in changes {
                self.record(claim, change).await?;
            }
            if settled {
                let now_us = self.clock.wall_us();
                let finished = self.store.finish(claim.clone(), generation, now_us).await?;
                debug!(resource.id = %claim.uid, still_due = finished == Finished::StillDue, "pass settled");
                return Ok(());
            }
        }
        Err(Stop::Failed(format!("not settled after {LOOKS_MAX} looks")))
    }

    /// Asks the cell, under a lease that outlives the question.
    async fn look(&self, claim: &Claim, intent: &ClusterIntent) -> Result<Next, Stop> {
        let until = self.lease_end(self.clock.wall_us());
        self.store.renew(claim.clone(), until).await?;
        let answer = self.provision.advance(pass::wish(intent));
        match tokio::time::timeout(self.lease / 2, answer).await {
            Err(_) => Err(Stop::Failed("the cell did not answer in time".to_owned())),
            Ok(Ok(progress)) => Ok(pass::cluster(intent, progress)),
            Ok(Err(ProvisionError::Transient(why))) => Err(Stop::Failed(why)),
            Ok(Err(ProvisionError::Terminal(why))) => {
                let generation = intent.generation;
                Ok(Next::Settled(vec![Change::ClusterFailed { generation, why }]))
            }
        }
    }

    async fn record(&self, claim: &Claim, change: Change) -> Result<(), WorkError> {
        info!(resource.id = %claim.uid, change = ?change, "pass recorded a change");
        self.store.record(claim.clone(), change, self.clock.wall_us()).await
    }

    async fn put_off(&self, claim: &Claim, why: String) -> Result<(), WorkError> {
        let attempts = claim.attempts.saturating_add(1);
        warn!(resource.id = %claim.uid, attempts, reason = %why, "pass failed and will be tried again");
        if attempts == STALLED_AFTER {
            self.record(claim, Change::Stalled { why: why.clone() }).await?;
        }
        let due_us = self.clock.wall_us().saturating_add(wait_us(attempts, &*self.rng));
        self.store.retry_later(claim.clone(), due_us, why).await
    }

    fn lease_end(&self, now_us: i64) -> i64 {
        now_us.saturating_add(i64::try_from(self.lease.as_micros()).unwrap_or(i64::MAX))
    }
}

fn span(claim: &Claim) -> Span {
    info_span!(target: SPANS, "pass", weir.resource.id = %claim.uid, weir.attempts = claim.attempts)
}
