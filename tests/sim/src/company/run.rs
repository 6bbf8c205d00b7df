use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use common_seams::{Clock, Rng, SeededRng};
use storage::meta::EpochState;
use storage::planted::plant;
use storage_testkit::{Faults, Latency, SimStore};

use super::clients::{administer, produce, read};
use super::supervisor::keep;
use super::town::Town;
use crate::check::check;
use crate::history::History;
use crate::life;
use crate::model::Model;
use crate::place::{BRIEF, BRIEF_MS, PLACES};
use crate::run::Failure;
use crate::seed::{SeedRun, StoreOptions, has_values};
use crate::site::Unread;
use crate::summary::CompanySummary;
use crate::virtual_clock::VirtualClock;

const BROKERS: i32 = 3;
/// Producers of a partition.
const PRODUCERS: usize = 2;
const READERS: usize = 3;
/// Longer than any run needs, in simulated time.
const RUN_MAX: Duration = Duration::from_hours(6);
/// A cell that is well answers everything, and leads everything, within this time.
const ANSWER_MAX: Duration = Duration::from_mins(10);
const LOOK: Duration = Duration::from_millis(500);

/// Runs one seed of several brokers on a hostile store and a hostile network, in simulated time.
#[must_use]
pub fn run_company(seed: u64, options: StoreOptions) -> SeedRun<CompanySummary> {
    assert!(plant(options.planted), "this build has no bugs to plant");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without input and output needs nothing");
    let run = runtime.block_on(async {
        let town = Arc::new(new_town(seed, options.words));
        let outcome = match tokio::time::timeout(RUN_MAX, scenario(&town)).await {
            Ok(outcome) => outcome,
            Err(_) => Err("I20: no progress".to_owned()),
        };
        town.over.store(true, Ordering::Relaxed);
        town.all().iter().for_each(|process| process.kill());
        let outcome = town.so_far().and(outcome);
        let mut summary = *town.summary.lock();
        summary.acknowledged = town.model.lock().acknowledged();
        summary.merged = town.merged.lock().iter().map(|m| m.load(Ordering::Relaxed)).sum();
        let outcome = outcome.map_err(|what| Failure { seed, life: summary.lives, what });
        let readable = town.store.objects("").iter().any(|(_, bytes)| has_values(bytes));
        let (history, words) = (town.history.hash(), town.history.words());
        SeedRun { summary, outcome, readable, history, words }
    });
    plant(None);
    run
}

fn new_town(seed: u64, words: bool) -> Town {
    let rng = Arc::new(SeededRng::new(seed));
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::start());
    let store = SimStore::new(Arc::clone(&rng) as Arc<dyn Rng>);
    store.set_clock(Arc::clone(&clock), 0);
    let mut model = Model::new(PLACES.len(), PRODUCERS);
    for (known, place) in model.partitions.iter_mut().zip(PLACES) {
        known.retention_ms = (place.topic == BRIEF).then_some(BRIEF_MS);
    }
    Town::new(rng, store, clock, model, History::new(words))
}

async fn scenario(town: &Arc<Town>) -> Result<(), String> {
    for broker in 1..=BROKERS {
        tokio::spawn(keep(Arc::clone(town), broker));
    }
    make_topics(town).await?;
    put_clients_to_work(town);
    for _ in 0..4 + town.rng.below(8) {
        tokio::time::sleep(Duration::from_millis(town.rng.below(20_000))).await;
        town.so_far()?;
        town.happen().await;
    }
    finish(town).await
}

async fn make_topics(town: &Arc<Town>) -> Result<(), String> {
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < ANSWER_MAX {
        town.so_far()?;
        if let Some(process) = town.any()
            && life::ensure_topics(process.site.server.cell()).await.is_ok()
        {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err("I20: topics are not made".to_owned())
}

fn put_clients_to_work(town: &Arc<Town>) {
    let rng = || SeededRng::new(town.rng.next_u64());
    for place in 0..PLACES.len() {
        for number in 0..PRODUCERS {
            tokio::spawn(produce(Arc::clone(town), place, number, rng()));
        }
    }
    for _ in 0..READERS {
        tokio::spawn(read(Arc::clone(town), rng()));
    }
    tokio::spawn(administer(Arc::clone(town), rng()));
}

/// Everything is well again: all must be led, answered, and there.
async fn finish(town: &Arc<Town>) -> Result<(), String> {
    town.history.note(format_args!("all is well"));
    let latency = Latency { median: Duration::from_millis(30), p99: Duration::from_millis(150) };
    let well = Faults { latency, ..Faults::default() };
    *town.faults.lock() = well.clone();
    town.board.heal();
    for process in town.all() {
        process.caller.set_faults(well.clone());
        town.wake(&process);
    }
    tokio::time::sleep(Duration::from_secs(30)).await;
    town.model.lock().quiet = true;
    let all_answered = |model: &Model| {
        let mut producers = model.partitions.iter().flat_map(|known| &known.producers);
        producers.all(|producer| producer.waiting() == 0)
    };
    let begun = tokio::time::Instant::now();
    while !all_answered(&town.model.lock()) || !agree(town) {
        town.so_far()?;
        if begun.elapsed() > ANSWER_MAX {
            return Err(format!("I20: {}", unfinished(town)));
        }
        tokio::time::sleep(LOOK).await;
    }
    for (place, at) in PLACES.iter().enumerate() {
        verify(town, place).await.map_err(|what| format!("{at}: {what}"))?;
    }
    count_changes(town);
    town.so_far()
}

/// Whether all brokers run and see the same active leaders.
fn agree(town: &Town) -> bool {
    let all = town.all();
    let views: Vec<_> = all.iter().map(|p| p.site.server.cell().metadata()).collect();
    let led = views.iter().all(|state| {
        let active = |e: &u64| state.epochs().get(e) == Some(&EpochState::Active);
        !state.pgs().is_empty()
            && state.pgs().values().all(|row| row.moving.is_none() && active(&row.leader))
    });
    led && views.len() == usize::try_from(BROKERS).unwrap_or(0)
        && views.windows(2).all(|two| two[0].pgs() == two[1].pgs())
}

/// What keeps a run from its end.
fn unfinished(town: &Town) -> String {
    let model = town.model.lock();
    let waits = |(place, known): (usize, &crate::model::Known)| {
        let batches: usize = known.producers.iter().map(crate::model::Producer::waiting).sum();
        (batches > 0).then(|| format!("{batches} batches of {} are not answered", PLACES[place]))
    };
    let mut all: Vec<String> = model.partitions.iter().enumerate().filter_map(waits).collect();
    for process in town.all() {
        let state = process.site.server.cell().metadata();
        let active = |e: &u64| state.epochs().get(e) == Some(&EpochState::Active);
        let open =
            state.pgs().iter().filter(|(_, row)| row.moving.is_some() || !active(&row.leader));
        all.extend(
            open.map(|(pg, row)| format!("process {} sees group {pg} as {row:?}", process.life)),
        );
    }
    all.push(format!("{} processes", town.all().len()));
    all.join("; ")
}

fn count_changes(town: &Town) {
    let Some(state) = town.any().map(|p| p.site.server.cell().metadata()) else { return };
    let changes = state.pgs().values().map(|row| row.pg_epoch.unsigned_abs()).sum::<u32>();
    town.summary.lock().changes = changes.into();
}

/// Reads a partition where it is led, and compares it with what is known.
async fn verify(town: &Arc<Town>, place: usize) -> Result<(), String> {
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < ANSWER_MAX {
        if let Some(site) = town.leader(place).await {
            match site.read_all(place).await {
                Ok((start, log)) => {
                    return check(&town.model.lock().partitions[place], start, &log);
                }
                Err(Unread::Broken(what)) => return Err(what),
                Err(Unread::Again) => {}
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    Err("I20: reads are not answered".to_owned())
}
