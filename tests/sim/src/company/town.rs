use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use common_seams::{Clock, Rng, SeededRng};
use parking_lot::Mutex;
use storage_testkit::{Faults, SimStore};

use super::process::Process;
use super::switchboard::Switchboard;
use crate::history::History;
use crate::model::Model;
use crate::place::PLACES;
use crate::site::Site;
use crate::summary::CompanySummary;

/// Everything that the processes of a run and their clients share.
pub(super) struct Town {
    pub(super) rng: Arc<SeededRng>,
    pub(super) store: SimStore,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) board: Arc<Switchboard>,
    pub(super) model: Arc<Mutex<Model>>,
    pub(super) history: History,
    pub(super) summary: Mutex<CompanySummary>,
    /// What befalls the requests of processes that start now.
    pub(super) faults: Mutex<Faults>,
    /// Processes that run, by broker.
    pub(super) processes: Mutex<BTreeMap<i32, Arc<Process>>>,
    /// What each process merged.
    pub(super) merged: Mutex<Vec<Arc<AtomicU64>>>,
    /// Everything ends.
    pub(super) over: AtomicBool,
    lives: AtomicU64,
}

impl Town {
    pub(super) fn new(
        rng: Arc<SeededRng>,
        store: SimStore,
        clock: Arc<dyn Clock>,
        model: Model,
        history: History,
    ) -> Self {
        Self {
            board: Arc::new(Switchboard::new(Arc::clone(&rng))),
            rng,
            store,
            clock,
            model: Arc::new(Mutex::new(model)),
            history,
            summary: Mutex::default(),
            faults: Mutex::new(Faults::hostile()),
            processes: Mutex::default(),
            merged: Mutex::default(),
            over: AtomicBool::new(false),
            lives: AtomicU64::new(0),
        }
    }

    pub(super) fn next_life(&self) -> u64 {
        self.lives.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    pub(super) fn note(&self, life: u64, what: &str) {
        self.history.note(format_args!("{life} {what}"));
    }

    pub(super) fn fail(&self, what: &str) {
        self.history.note(format_args!("found {what}"));
        self.model.lock().fail(what);
    }

    /// The first broken promise that anybody saw, if one did.
    pub(super) fn so_far(&self) -> Result<(), String> {
        self.model.lock().failure.clone().map_or(Ok(()), Err)
    }

    pub(super) fn all(&self) -> Vec<Arc<Process>> {
        self.processes.lock().values().cloned().collect()
    }

    /// Any process that runs, also one that is frozen.
    pub(super) fn any(&self) -> Option<Arc<Process>> {
        let mut all = self.all();
        let count = all.len() as u64;
        let one = usize::try_from(self.rng.below(count.max(1))).ok()?;
        (one < all.len()).then(|| all.swap_remove(one))
    }

    /// Where clients would send for a place, as any process tells that answers.
    pub(super) async fn leader(&self, place: usize) -> Option<Site> {
        let asked = self.any()?;
        let told = async {
            let mut client = asked.site.connect().await.ok()?;
            client.leader(PLACES[place]).await.ok()?
        };
        let broker = tokio::time::timeout(Duration::from_secs(2), told).await.ok()??;
        self.processes.lock().get(&broker).map(|process| process.site.clone())
    }
}
