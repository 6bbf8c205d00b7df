//! Carries out what is decided, for as long as the term of this process lasts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use common_seams::{Clock, Rng};
use parking_lot::Mutex;
use storage::ids::{BrokerEpoch, WalIdentity};
use storage::meta::{CellState, EpochState, MetaError, MetaLog, MetaOp, Txn};
use storage::store::ObjectStore;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::decide::{Action, Alarm, Situation, decide};
use super::detect::Why;
use super::liveness::{Liveness, Probed, SessionId};
use super::load::{Loads, Signal};
use super::movement::Movement;
use super::probe::probe;
use super::settings::ControllerSettings;
use crate::cell::end_log;
use crate::meta::{LocalMeta, MetaStore as _};
use crate::rpc::{Beat, Membership, Network};

/// How often it is looked at the clock, when nothing happens.
const TICK: Duration = Duration::from_millis(100);
/// Time between two looks at the address of a broker that has no connection.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How often it is looked whether somebody else has opened the log.
const TERM_CHECK: Duration = Duration::from_secs(5);

/// What a controller stands on.
#[derive(Debug, Clone)]
pub struct ControllerParts {
    /// The store of the cell; it waits doubt out.
    pub store: Arc<dyn ObjectStore>,
    /// The cell, and its secret.
    pub me: Membership,
    /// Placement groups of the cell.
    pub groups: u32,
    /// Where this process is reached.
    pub address: String,
    /// Other processes.
    pub network: Arc<dyn Network>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Thresholds.
    pub settings: ControllerSettings,
}

/// The controller of a cell, during one term.
#[derive(Debug)]
pub struct Controller {
    pub(super) parts: ControllerParts,
    pub(super) meta: Arc<LocalMeta>,
    pub(super) mind: Mutex<Mind>,
    news: Notify,
}

/// What a controller keeps in mind, and loses with its term.
#[derive(Debug)]
pub(super) struct Mind {
    pub(super) liveness: Liveness,
    movement: Movement,
    loads: Loads,
    pub(super) brokers_wanted: Option<u32>,
    /// Alarms of the last look.
    pub(super) alarms: BTreeSet<Alarm>,
    /// What it said of the number of brokers.
    pub(super) signal: Option<Signal>,
    sealing: BTreeSet<u64>,
    /// Logs that could not be sealed: when to try again, and why.
    unsealed: BTreeMap<u64, (Duration, String)>,
}

type Sealed = (u64, Result<u64, String>);

#[derive(Default)]
struct Running {
    probes: JoinSet<(u64, Probed)>,
    seals: JoinSet<Sealed>,
}

impl Controller {
    /// The controller of the term that `meta` writes. `silent` is the address of a process that has not
    /// answered since that time on the monotonic clock.
    #[must_use]
    pub fn new(
        parts: ControllerParts,
        meta: Arc<LocalMeta>,
        silent: Option<(String, Duration)>,
    ) -> Arc<Self> {
        let mut liveness = Liveness::new(parts.clock.mono());
        if let Some((address, since)) = silent {
            let state = meta.state();
            let there = state.brokers().values().filter(|b| b.peer.as_ref() == Some(&address));
            there.for_each(|broker| liveness.was_silent(broker.epoch, since));
        }
        let mind = Mind {
            liveness,
            movement: Movement::default(),
            loads: Loads::default(),
            brokers_wanted: None,
            alarms: BTreeSet::new(),
            signal: None,
            sealing: BTreeSet::new(),
            unsealed: BTreeMap::new(),
        };
        Arc::new(Self { parts, meta, mind: Mutex::new(mind), news: Notify::new() })
    }

    /// A broker beats. False: its epoch is not active.
    pub fn beat(&self, session: SessionId, beat: Beat) -> bool {
        let (epoch, now) = (beat.epoch, self.parts.clock.mono());
        let state = self.meta.state();
        let mut mind = self.mind.lock();
        mind.liveness.follow(&state, now);
        mind.loads.heard(&state, &beat, &self.parts.settings, now);
        mind.liveness.beat(session, beat, now)
            && state.epochs().get(&epoch) == Some(&EpochState::Active)
    }

    /// A connection on which a broker beat has ended.
    pub fn disconnected(&self, epoch: u64, session: SessionId) {
        self.mind.lock().liveness.disconnected(epoch, session);
        self.nudge();
    }

    /// How many brokers the cell should have.
    pub fn scale(&self, brokers: u32) {
        self.mind.lock().brokers_wanted = Some(brokers);
        self.nudge();
    }

    /// Something has happened that may be worth a decision.
    pub fn nudge(&self) {
        self.news.notify_one();
    }

    /// Decides and acts on behalf of this process's own epoch until the term is over, and says why.
    pub async fn run(&self, acting: u64) -> MetaError {
        let mut running = Running::default();
        loop {
            match self.step(acting, &mut running).await {
                // What was committed may be worth another step.
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => return error,
            }
            let outcome = tokio::select! {
                biased;
                Some(Ok((epoch, found))) = running.probes.join_next() => {
                    self.mind.lock().liveness.probed(epoch, found);
                    Ok(())
                }
                Some(Ok(sealed)) = running.seals.join_next() => self.sealed(acting, sealed).await,
                () = self.news.notified() => Ok(()),
                () = tokio::time::sleep(TICK) => Ok(()),
            };
            if let Err(error) = outcome {
                return error;
            }
        }
    }

    /// Waits until somebody else has opened the log.
    ///
    /// # Errors
    /// When the store says that the pointer is damaged, or refuses for good.
    pub async fn deposed(&self) -> Result<(), MetaError> {
        loop {
            tokio::time::sleep(TERM_CHECK).await;
            let writer = MetaLog::writer(&*self.parts.store).await?;
            if writer.is_none_or(|w| !self.meta.has_term(w.term)) {
                return Ok(());
            }
        }
    }

    /// One decision. True: something was committed.
    async fn step(&self, acting: u64, running: &mut Running) -> Result<bool, MetaError> {
        let state = self.meta.state();
        // Its broker is not registered yet, or another controller has ended it.
        if state.epochs().get(&acting) != Some(&EpochState::Active) {
            return Ok(false);
        }
        let actions = self.look(&state, acting, running);
        let mut ops = Vec::new();
        for action in &actions {
            match action {
                Action::Seal { epoch } => self.seal(*epoch, &state, acting, running),
                other => ops.extend(other.op(&state)),
            }
        }
        if ops.is_empty() {
            return Ok(false);
        }
        self.commit(acting, ops).await?;
        for action in actions {
            if let Action::Fence { epoch, why } = action {
                tracing::warn!(epoch, %why, "fenced a broker");
                if why == Why::Silent {
                    self.mind.lock().liveness.fenced_for_silence(self.parts.clock.mono());
                }
            }
        }
        Ok(true)
    }

    fn look(&self, state: &CellState, acting: u64, running: &mut Running) -> Vec<Action> {
        let now = self.parts.clock.mono();
        let mut guard = self.mind.lock();
        let mind = &mut *guard;
        mind.liveness.look(now);
        mind.liveness.follow(state, now);
        mind.movement.follow(state, &self.parts.settings, now);
        mind.loads.follow(state, &self.parts.settings, now);
        for epoch in mind.liveness.to_probe(PROBE_INTERVAL, now) {
            if epoch != acting {
                let address = state.brokers().get(&epoch).and_then(|b| b.peer.clone());
                running.probes.spawn(probe(self.parts.clone(), epoch, address));
            }
        }
        let decision = decide(&Situation {
            state,
            liveness: &mind.liveness,
            movement: &mind.movement,
            loads: &mind.loads,
            settings: &self.parts.settings,
            me: acting,
            groups: self.parts.groups,
            brokers_wanted: mind.brokers_wanted,
            now,
        });
        let unsealed = mind
            .unsealed
            .iter()
            .map(|(epoch, (_, reason))| Alarm::NotSealed { epoch: *epoch, reason: reason.clone() });
        let alarms: BTreeSet<Alarm> = decision.alarms.into_iter().chain(unsealed).collect();
        for alarm in alarms.difference(&mind.alarms) {
            tracing::error!(%alarm, "the cell needs somebody's eyes");
        }
        mind.alarms = alarms;
        if let Some(signal) =
            decision.signal.filter(|now| told_of(mind.signal) != told_of(Some(*now)))
        {
            tracing::warn!(%signal, "another number of brokers would suit the load");
        }
        mind.signal = decision.signal;
        decision.actions
    }

    /// Commits all changes at once; where they do not all apply, each for itself.
    async fn commit(&self, acting: u64, ops: Vec<MetaOp>) -> Result<(), MetaError> {
        match self.meta.commit(Txn { acting, ops: ops.clone() }).await {
            Ok(_) => return Ok(()),
            Err(MetaError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        for op in ops {
            match self.meta.commit(Txn { acting, ops: vec![op] }).await {
                Ok(_) => {}
                // Somebody was faster; the next decision knows.
                Err(MetaError::Conflict(conflict)) => {
                    tracing::info!(%conflict, "a decision came too late");
                    tokio::time::sleep(TICK).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Finds the end of a fenced log in the background.
    fn seal(&self, epoch: u64, state: &CellState, acting: u64, running: &mut Running) {
        let mut mind = self.mind.lock();
        let now = self.parts.clock.mono();
        let later = mind.unsealed.get(&epoch).is_some_and(|(at, _)| now < *at);
        if later || !mind.sealing.insert(epoch) {
            return;
        }
        let mut nonce = [0; 16];
        self.parts.rng.fill(&mut nonce);
        let (cell, by) = (self.parts.me.cell, BrokerEpoch(acting));
        let sealer = WalIdentity { cell, store: 0, epoch: by, lane: 0, nonce };
        // Fenced, so it stands still.
        let (store, low) = (Arc::clone(&self.parts.store), state.wal_low(epoch));
        running.seals.spawn(async move {
            (epoch, end_log(&*store, sealer, epoch, low).await.map_err(|e| e.to_string()))
        });
    }

    async fn sealed(&self, acting: u64, (epoch, end): Sealed) -> Result<(), MetaError> {
        let end = match end {
            Ok(end) => end,
            Err(reason) => {
                let mut mind = self.mind.lock();
                let again = self.parts.clock.mono() + self.parts.settings.seal_retry;
                mind.sealing.remove(&epoch);
                mind.unsealed.insert(epoch, (again, reason));
                return Ok(());
            }
        };
        self.commit(acting, vec![MetaOp::SealEpoch { epoch, end }]).await?;
        let mut mind = self.mind.lock();
        mind.sealing.remove(&epoch);
        mind.unsealed.remove(&epoch);
        Ok(())
    }
}

/// What makes a signal another one: not every percent is worth a line.
fn told_of(signal: Option<Signal>) -> Option<(bool, u32)> {
    signal.map(|signal| match signal {
        Signal::ScaleOut { wanted, .. } => (true, wanted),
        Signal::ScaleIn { wanted, .. } => (false, wanted),
    })
}
