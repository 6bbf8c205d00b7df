use std::sync::Arc;
use std::time::Duration;

use broker::server::Server;
use common_seams::{Clock, Rng, SeededRng};
use parking_lot::Mutex;
use storage::wal::WalError;
use storage_testkit::{Faults, SimStore};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::cord::{Cord, Process};
use crate::life;
use crate::model::Model;
use crate::run::{Failure, PARTITIONS};
use crate::virtual_clock::VirtualClock;
use crate::workload;

/// Longer than any life needs, in simulated time.
const LIFE_MAX: Duration = Duration::from_secs(4 * 3600);

/// What a seed went through on an object store.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct StoreSummary {
    /// Incarnations begun.
    pub lives: u64,
    /// Incarnations that were killed.
    pub killed: u64,
    /// Incarnations that were frozen, and woke up after another had taken over.
    pub woken: u64,
    /// Incarnations that still ran when another took over.
    pub pushed: u64,
    /// Segments in the store at the end.
    pub segments: usize,
    /// Records acknowledged.
    pub acknowledged: usize,
}

/// How an incarnation gives way to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Clean,
    Killed,
    Frozen,
    /// It goes on until it meets a seal.
    Pushed,
}

/// One incarnation and the clients at it.
struct Life {
    server: Arc<Server>,
    process: watch::Sender<Process>,
    cancel: CancellationToken,
    work: tokio::task::JoinHandle<Result<(), String>>,
}

/// All that a seed has.
struct Seed {
    rng: Arc<SeededRng>,
    store: SimStore,
    clock: Arc<dyn Clock>,
    model: Arc<Mutex<Model>>,
    summary: StoreSummary,
}

/// Runs one seed on a simulated object store that loses, delays, repeats and refuses requests, in
/// simulated time.
///
/// # Errors
/// The first broken promise.
pub fn run_on_store(seed: u64) -> Result<StoreSummary, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .map_err(|e| Failure { seed, life: 0, what: format!("the simulator: {e}") })?;
    runtime.block_on(async {
        let rng = Arc::new(SeededRng::new(seed));
        let mut all = Seed {
            store: SimStore::new(Arc::clone(&rng) as Arc<dyn Rng>),
            clock: Arc::new(VirtualClock::start()),
            model: Arc::new(Mutex::new(Model::new(PARTITIONS))),
            summary: StoreSummary::default(),
            rng,
        };
        let lives = all.lives();
        match tokio::time::timeout(LIFE_MAX, lives).await {
            Ok(Ok(())) => Ok(all.summary),
            Ok(Err(what)) => Err(Failure { seed, life: all.summary.lives, what }),
            Err(_) => {
                let what = "I20: no progress".to_owned();
                Err(Failure { seed, life: all.summary.lives, what })
            }
        }
    })
}

impl Seed {
    async fn lives(&mut self) -> Result<(), String> {
        let mut before: Vec<(Exit, Life)> = Vec::new();
        for _ in 0..2 + self.rng.below(4) {
            let life = self.begin(Faults::hostile(), &mut before).await?;
            let exit = self.exit();
            tokio::time::sleep(Duration::from_millis(200 + self.rng.below(60_000))).await;
            if let Some(kept) = self.give_way(exit, life).await? {
                before.push(kept);
            }
        }
        // A last one on a store that is well: everything must be there.
        self.store.settle();
        let life = self.begin(Faults::default(), &mut before).await?;
        life.work.await.map_err(|e| format!("the simulator: {e}"))??;
        if life.server.cell().topic(life::tenant(), life::TOPIC).is_none() {
            return Err("I16: the topic is gone".to_owned());
        }
        life.cancel.cancel();
        let closed = life.server.cell().close().await;
        closed.map_err(|e| format!("does not close: {e}"))?;
        self.summary.acknowledged = self.model.lock().acknowledged();
        self.summary.segments =
            self.store.keys().iter().filter(|key| key.starts_with("seg/")).count();
        Ok(())
    }

    /// Opens the cell in a process of its own, waits for those before it to notice, and puts clients to
    /// work at it.
    async fn begin(
        &mut self,
        faults: Faults,
        before: &mut Vec<(Exit, Life)>,
    ) -> Result<Life, String> {
        self.summary.lives += 1;
        let caller = self.store.caller();
        caller.set_faults(faults);
        let (cord, process) = Cord::new(Arc::new(caller));
        let rng = Arc::new(SeededRng::new(self.rng.next_u64()));
        let server = life::open_on_store(Arc::new(cord), Arc::clone(&self.clock), rng).await;
        let server = server.map_err(|e| format!("does not open: {e}"))?;
        self.settle_with(before).await?;
        let cancel = CancellationToken::new();
        let (at, stop, model) = (Arc::clone(&server), cancel.clone(), Arc::clone(&self.model));
        let seed = self.rng.next_u64();
        let work = tokio::spawn(async move {
            // Refused when somebody takes over meanwhile; then there is nothing to do here.
            if life::ensure_topic(at.cell(), PARTITIONS).await.is_err() {
                return Ok(());
            }
            workload::work(&at, &stop, &model, seed).await
        });
        Ok(Life { server, process, cancel, work })
    }

    fn exit(&self) -> Exit {
        match self.rng.below(4) {
            0 => Exit::Clean,
            1 => Exit::Killed,
            2 => Exit::Frozen,
            _ => Exit::Pushed,
        }
    }

    /// Ends an incarnation, or leaves it behind as one that does not know yet.
    async fn give_way(&mut self, exit: Exit, life: Life) -> Result<Option<(Exit, Life)>, String> {
        match exit {
            Exit::Clean => {
                life.cancel.cancel();
                life.work.await.map_err(|e| format!("the simulator: {e}"))??;
                let closed = life.server.cell().close().await;
                closed.map_err(|e| format!("does not close: {e}"))?;
                return Ok(None);
            }
            Exit::Killed => {
                self.summary.killed += 1;
                life.process.send_replace(Process::Gone);
                life.cancel.cancel();
                life.work.abort();
            }
            Exit::Frozen => {
                life.process.send_replace(Process::Frozen);
            }
            Exit::Pushed => {}
        }
        Ok(Some((exit, life)))
    }

    /// The next incarnation has taken over: what is left of those before must notice. What they
    /// acknowledge until then must be in the log, which the next clients check first.
    async fn settle_with(&mut self, before: &mut Vec<(Exit, Life)>) -> Result<(), String> {
        for (exit, life) in before.drain(..) {
            if exit == Exit::Killed {
                continue;
            }
            life.process.send_replace(Process::Runs);
            let ended = life.server.cell().ended().await;
            if !matches!(ended, Err(WalError::Fenced { .. } | WalError::Replaced { .. })) {
                return Err(format!("I6: a process that was replaced ended with {ended:?}"));
            }
            life.cancel.cancel();
            life.work.await.map_err(|e| format!("the simulator: {e}"))??;
            if exit == Exit::Frozen {
                self.summary.woken += 1;
            } else {
                self.summary.pushed += 1;
            }
        }
        Ok(())
    }
}
