use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use broker::cell::OpenError;
use broker::server::Server;
use common_seams::{Clock, Rng, SeededRng};
use parking_lot::Mutex;
use storage::at_rest::Encryption;
use storage::meta::MetaError;
use storage::planted::{Planted, plant};
use storage::store::StoreError;
use storage::wal::WalError;
use storage_testkit::{ClearKeys, Faults, Latency, SimStore};
use tokio_util::sync::CancellationToken;

use crate::consume::{administer, consume};
use crate::cord::{Cord, Hand, Process};
use crate::history::History;
use crate::life;
use crate::model::Model;
use crate::place::{BRIEF, BRIEF_MS, PLACES};
use crate::produce::{Pace, Producer};
use crate::run::Failure;
use crate::site::Site;
use crate::summary::StoreSummary;
use crate::virtual_clock::{VirtualClock, WrongClock};

/// Longer than any run needs, in simulated time.
const RUN_MAX: Duration = Duration::from_hours(6);
/// Who was replaced notices within this time, once it runs.
const NOTICE_MAX: Duration = Duration::from_mins(10);
/// A store that is well answers everything within this time.
const ANSWER_MAX: Duration = Duration::from_mins(5);
/// Producers of a partition.
const PRODUCERS: usize = 2;

/// A run of one seed.
#[derive(Debug)]
pub struct SeedRun<S> {
    /// What it went through, up to the end or to the broken promise.
    pub summary: S,
    /// The first broken promise.
    pub outcome: Result<(), Failure>,
    /// Whether values of records can be read in the store.
    pub readable: bool,
    /// A hash of everything that happened.
    pub history: u64,
    /// What happened, when that was asked for.
    pub words: Vec<String>,
}

/// A run of one broker at a time on an object store.
pub type StoreRun = SeedRun<StoreSummary>;

/// How to run a seed.
#[derive(Debug, Clone, Copy, Default)]
pub struct StoreOptions {
    /// The bug to plant.
    pub planted: Option<Planted>,
    /// Whether to keep the words of the history.
    pub words: bool,
    /// Whether records are encrypted.
    pub at_rest: AtRest,
}

/// How records lie in the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AtRest {
    /// As they were sent.
    #[default]
    Clear,
    /// Encrypted.
    Sealed,
    /// Every other incarnation encrypts, and all read everything.
    Mixed,
}

/// One incarnation and the clients at it.
pub(crate) struct Life {
    pub(crate) site: Site,
    pub(crate) hand: Hand,
    caller: SimStore,
}

/// All that a seed has.
pub(crate) struct Seed {
    pub(crate) rng: Arc<SeededRng>,
    pub(crate) store: SimStore,
    clock: Arc<dyn Clock>,
    pub(crate) model: Arc<Mutex<Model>>,
    history: History,
    pub(crate) summary: StoreSummary,
    /// Incarnations that were left behind, and do not know yet that they were replaced.
    left_behind: Vec<(Life, Duration)>,
    /// How many of those that were replaced have not noticed.
    unaware: Arc<AtomicU64>,
    at_rest: AtRest,
    /// What each incarnation merged.
    merged: Vec<Arc<AtomicU64>>,
}

/// Runs one seed on a simulated object store that loses, delays, repeats and refuses requests, in
/// simulated time. One seed is one run.
#[must_use]
pub fn run_on_store(seed: u64, options: StoreOptions) -> StoreRun {
    assert!(plant(options.planted), "this build has no bugs to plant");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without input and output needs nothing");
    let run = runtime.block_on(async {
        let mut all = Seed::new(seed, options);
        let outcome = match tokio::time::timeout(RUN_MAX, all.run()).await {
            Ok(outcome) => outcome,
            Err(_) => Err("I20: no progress".to_owned()),
        };
        let seen = all.model.lock().failure.take();
        let outcome = seen.map_or(outcome, Err);
        let life = all.summary.lives;
        all.summary.merged = all.merged.iter().map(|m| m.load(Ordering::Relaxed)).sum();
        let outcome = outcome.map_err(|what| Failure { seed, life, what });
        let (history, words) = (all.history.hash(), all.history.words());
        let readable = all.store.objects("").iter().any(|(_, bytes)| has_values(bytes));
        SeedRun { summary: all.summary, outcome, readable, history, words }
    });
    plant(None);
    run
}

impl Seed {
    fn new(seed: u64, options: StoreOptions) -> Self {
        let rng = Arc::new(SeededRng::new(seed));
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::start());
        let store = SimStore::new(Arc::clone(&rng) as Arc<dyn Rng>);
        store.set_clock(Arc::clone(&clock), 0);
        let mut model = Model::new(PLACES.len(), PRODUCERS);
        for (known, place) in model.partitions.iter_mut().zip(PLACES) {
            known.retention_ms = (place.topic == BRIEF).then_some(BRIEF_MS);
        }
        Self {
            rng,
            store,
            clock,
            model: Arc::new(Mutex::new(model)),
            history: History::new(options.words),
            summary: StoreSummary::default(),
            left_behind: Vec::new(),
            unaware: Arc::default(),
            at_rest: options.at_rest,
            merged: Vec::new(),
        }
    }

    async fn run(&mut self) -> Result<(), String> {
        let mut yesterday = None;
        for _ in 0..2 + self.rng.below(4) {
            let life = self.begin(Faults::hostile()).await?;
            self.live(&life).await?;
            let saved = self.store.objects("meta/");
            self.give_way(life).await?;
            if self.nobody_runs() {
                match self.rng.below(3) {
                    0 => self.lose_a_slot().await?,
                    1 => self.roll_metadata_back(yesterday.as_deref()).await?,
                    _ => {}
                }
            }
            yesterday = Some(saved);
        }
        self.finish().await
    }

    /// Whether no process of before may still do anything.
    fn nobody_runs(&self) -> bool {
        self.left_behind.is_empty() && self.unaware.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn note(&self, what: &str) {
        self.history.note(format_args!("{} {what}", self.summary.lives));
    }

    /// The first broken promise that a client saw, if one did.
    fn so_far(&self) -> Result<(), String> {
        self.model.lock().failure.clone().map_or(Ok(()), Err)
    }

    /// Opens the cell in a process of its own.
    pub(crate) async fn open(&mut self, faults: Faults) -> Result<Life, OpenError> {
        self.summary.lives += 1;
        self.note("opens");
        let life = self.summary.lives;
        let caller = self.store.caller();
        caller.set_faults(faults);
        let (cord, hand) = Cord::new(Arc::new(caller.clone()), self.history.clone(), life);
        let rng = Arc::new(SeededRng::new(self.rng.next_u64()));
        // Most machines know the time.
        let ahead_ms = [0, 0, 0, 0, 0, 600_000, 3 * 3_600_000, -600_000]
            [usize::try_from(self.rng.below(8)).unwrap_or(0)];
        let clock = WrongClock { right: Arc::clone(&self.clock), ahead_ms };
        let encryption = match self.at_rest {
            AtRest::Clear => Encryption::default(),
            AtRest::Sealed => ClearKeys("sim").encryption(true),
            AtRest::Mixed => ClearKeys("sim").encryption(life.is_multiple_of(2)),
        };
        let cord = Arc::new(cord);
        let server = life::open_on_store(cord, Arc::new(clock), rng, encryption).await?;
        self.merged.push(server.cell().merged_extents());
        Ok(Life { site: self.site(server), hand, caller })
    }

    fn site(&self, server: Arc<Server>) -> Site {
        Site {
            server,
            cancel: CancellationToken::new(),
            model: Arc::clone(&self.model),
            clock: Arc::clone(&self.clock),
            history: self.history.clone(),
            life: self.summary.lives,
            shared: false,
        }
    }

    /// Begins an incarnation, perhaps after some that were killed while they took over; checks
    /// everything, and puts clients to work.
    async fn begin(&mut self, faults: Faults) -> Result<Life, String> {
        while self.rng.below(5) == 0 {
            // What is dropped has sent requests, and hears nothing more of them.
            let deadline = Duration::from_millis(self.rng.below(4000));
            let _dropped = tokio::time::timeout(deadline, self.open(faults.clone())).await;
            self.summary.killed_in_takeover += 1;
        }
        let mut opened = self.open(faults.clone()).await;
        if matches!(opened, Err(OpenError::Meta(MetaError::Fenced))) {
            // It met what one that was killed had sent: it exits, and is started again.
            tokio::time::sleep(NOTICE_MAX / 5).await;
            opened = self.open(faults).await;
        }
        let life = opened.map_err(|e| format!("does not open: {e}"))?;
        self.note("is open");
        self.model.lock().life = life.site.life;
        self.expect_notice();
        if let Err(error) = life::ensure_topics(life.site.server.cell()).await {
            return Err(format!("I20: topics are not made: {error}"));
        }
        life.site.verify(PLACES.len()).await?;
        self.put_clients_to_work(&life.site);
        Ok(life)
    }

    fn put_clients_to_work(&self, site: &Site) {
        let rng = || SeededRng::new(self.rng.next_u64());
        let pace =
            Pace { batches: None, pause: Duration::from_millis(300), patience: Duration::MAX };
        for place in 0..PLACES.len() {
            for number in 0..PRODUCERS {
                let producer = Producer { site: site.clone(), place, number, rng: rng(), pace };
                tokio::spawn(producer.run());
            }
        }
        tokio::spawn(consume(site.clone(), rng()));
        tokio::spawn(administer(site.clone(), rng()));
    }

    /// Lets an incarnation work; sometimes the store is ill for a minute meanwhile.
    async fn live(&mut self, life: &Life) -> Result<(), String> {
        tokio::time::sleep(Duration::from_millis(200 + self.rng.below(45_000))).await;
        if self.rng.below(5) == 0 {
            self.summary.brown_outs += 1;
            self.note("has a brown-out");
            let silence = Faults { lost_request: 1000, ..Faults::hostile() };
            let ill = if self.rng.below(2) == 0 { Faults::storm() } else { silence };
            life.caller.set_faults(ill);
            tokio::time::sleep(Duration::from_mins(1)).await;
            life.caller.set_faults(Faults::hostile());
            let before = self.model.lock().acknowledged();
            let well = tokio::time::Instant::now();
            while self.model.lock().acknowledged() == before {
                if well.elapsed() > ANSWER_MAX {
                    return Err("I20: nothing is acknowledged after a brown-out".to_owned());
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        self.so_far()?;
        if life.site.has_ended() {
            let ended = life.site.server.cell().ended().await;
            return Err(format!("I20: a process that nobody replaced ended with {ended:?}"));
        }
        Ok(())
    }

    /// Ends an incarnation, or leaves it behind as one that does not know yet.
    async fn give_way(&mut self, life: Life) -> Result<(), String> {
        match self.rng.below(6) {
            0 => {
                self.note("stops");
                life.site.cancel.cancel();
                let closed = life.site.server.cell().close().await;
                closed.map_err(|e| format!("does not close: {e}"))?;
                // The process exits, whatever it was tidying up.
                life.hand.set(Process::Gone);
            }
            1 | 2 => {
                self.summary.killed += 1;
                self.kill(&life);
            }
            3 => {
                self.note("is frozen");
                self.summary.frozen += 1;
                life.hand.set(Process::Frozen);
                let asleep = Duration::from_millis(self.rng.below(150_000));
                let hand = life.hand.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(asleep).await;
                    hand.set(Process::Runs);
                });
                self.left_behind.push((life, asleep));
            }
            4 => {
                self.note("is pushed");
                self.summary.pushed += 1;
                self.left_behind.push((life, Duration::ZERO));
            }
            _ => self.clone_machine(&life).await,
        }
        if self.rng.below(2) == 0 {
            let noticed = Duration::from_millis(self.rng.below(20_000));
            tokio::time::sleep(noticed).await;
        }
        self.so_far()
    }

    pub(crate) fn kill(&self, life: &Life) {
        self.note("is killed");
        life.hand.set(Process::Gone);
        life.site.cancel.cancel();
    }

    /// Another copy of the machine wrote the next slot: the process must end by itself.
    async fn clone_machine(&mut self, life: &Life) {
        self.note("is cloned");
        life.hand.clone_machine();
        let ended =
            tokio::time::timeout(Duration::from_mins(2), life.site.server.cell().ended()).await;
        self.summary.cloned += u64::from(matches!(ended, Ok(Err(WalError::Foreign { .. }))));
        self.kill(life);
    }

    /// Another incarnation has taken over: those before must notice. What they acknowledge until then
    /// must be in the log.
    fn expect_notice(&mut self) {
        for (life, asleep) in self.left_behind.drain(..) {
            let unaware = Arc::clone(&self.unaware);
            unaware.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let ended = life.site.server.cell().ended();
                let ended = tokio::time::timeout(asleep + NOTICE_MAX, ended).await;
                life.site.history.note(format_args!("{} ended", life.site.life));
                // A slot of its own that it meets again may be gone when it looks: collected by others.
                let noticed = matches!(
                    &ended,
                    Ok(Err(WalError::Fenced { .. }
                        | WalError::Replaced { .. }
                        | WalError::Store(StoreError::NotFound(_))))
                );
                if !noticed {
                    let what = format!("I6: a process that was replaced ended with {ended:?}");
                    life.site.fail(&what);
                }
                life.site.cancel.cancel();
                unaware.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }

    /// A last incarnation, on a store that is well: everything must be there, and get its answer.
    async fn finish(&mut self) -> Result<(), String> {
        let latency =
            Latency { median: Duration::from_millis(30), p99: Duration::from_millis(150) };
        let life = self.begin(Faults { latency, ..Faults::default() }).await?;
        tokio::time::sleep(Duration::from_secs(10)).await;
        self.model.lock().quiet = true;
        let all_answered = |model: &Model| {
            let mut producers = model.partitions.iter().flat_map(|known| &known.producers);
            producers.all(|producer| producer.waiting() == 0)
        };
        let begun = tokio::time::Instant::now();
        while !all_answered(&self.model.lock()) || !self.nobody_runs() {
            self.so_far()?;
            if begun.elapsed() > ANSWER_MAX + NOTICE_MAX {
                return Err("I20: a batch is not answered".to_owned());
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        life.site.verify(PLACES.len()).await?;
        self.so_far()?;
        life.site.cancel.cancel();
        let closed = life.site.server.cell().close().await;
        closed.map_err(|e| format!("does not close: {e}"))?;
        self.summary.acknowledged = self.model.lock().acknowledged();
        self.summary.segments = self.store.objects("seg/").len();
        Ok(())
    }
}

/// Whether there is a part of a value: most are filled with one byte, and nothing else is.
pub(crate) fn has_values(bytes: &[u8]) -> bool {
    let alike = |run: &[u8]| run.len() >= 48 && run[0] != 0;
    bytes.chunk_by(|a, b| a == b).any(alike)
}
