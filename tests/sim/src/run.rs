use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common_seams::{Rng, SeededRng, SystemClock};
use parking_lot::Mutex;
use storage::planted::{Planted, plant};
use tokio_util::sync::CancellationToken;

use crate::damage::lose_pages;
use crate::history::History;
use crate::life;
use crate::model::Model;
use crate::place::PLACES;
use crate::power::{Disk, Power};
use crate::site::Site;
use crate::summary::Summary;
use crate::workload;

/// Longer than any life needs: a life that takes this long is stuck.
const LIFE_MAX: Duration = Duration::from_secs(60);

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// The incarnation, counted from 0.
    pub life: u64,
    /// What is wrong; begins with the name of the invariant where there is one.
    pub what: String,
}

/// How one incarnation ended.
enum Ended {
    InRecovery,
    Running,
}

/// How one incarnation is to end, unless the power goes before.
#[derive(Debug, Clone, Copy)]
enum Stop {
    /// In order.
    Clean,
    /// By a cut.
    Cut,
    /// By a cut so many steps into an orderly stop.
    CutWithin(u64),
}

/// Runs one seed in an empty folder.
///
/// # Errors
/// The first broken promise.
pub fn run(
    seed: u64,
    disk: Disk,
    planted: Option<Planted>,
    root: &Path,
) -> Result<Summary, Failure> {
    assert!(plant(planted), "this build has no bugs to plant");
    let ran = run_lives(seed, disk, root);
    plant(None);
    ran
}

fn run_lives(seed: u64, disk: Disk, root: &Path) -> Result<Summary, Failure> {
    let rng = SeededRng::new(seed);
    let model = Arc::new(Mutex::new(Model::new(PLACES.len(), 1)));
    let mut summary = Summary::default();
    let lives = 3 + rng.below(4);
    let mut unsynced = Vec::new();
    for life in 0..=lives {
        let failed = |what: String| Failure { seed, life, what };
        let steps = (life < lives).then(|| steps_until_cut(&rng));
        let power = Power::new(rng.next_u64(), steps, std::mem::take(&mut unsynced));
        let stop = [Stop::Clean, Stop::Cut, Stop::CutWithin(rng.below(4))];
        let stop = stop[usize::try_from(rng.below(3)).unwrap_or(0)];
        let ended = one_life(root, &power, disk, &model, rng.next_u64(), stop).map_err(failed)?;
        summary.lives += 1;
        if power.is_off() {
            summary.cuts_in_recovery += u64::from(matches!(ended, Ended::InRecovery));
            // kill -9 leaves the page cache alone: the next cut may take what the next life finds in it.
            if rng.below(3) == 0 {
                summary.kills += 1;
                unsynced = power.take_unsynced();
                continue;
            }
            summary.cuts += 1;
            let lost = lose_pages(&rng, &power.take_unsynced());
            summary.pages_lost += lost.map_err(|e| failed(format!("the simulator: {e}")))?;
        }
    }
    summary.acknowledged = model.lock().acknowledged();
    Ok(summary)
}

/// Early cuts meet recovery, late ones meet full files.
fn steps_until_cut(rng: &SeededRng) -> u64 {
    match rng.below(4) {
        0 => rng.below(16),
        1 => rng.below(64),
        2 => rng.below(256),
        _ => rng.below(1024),
    }
}

/// One incarnation, in a runtime of its own: when it is gone, nothing of it runs.
fn one_life(
    root: &Path,
    power: &Arc<Power>,
    disk: Disk,
    model: &Arc<Mutex<Model>>,
    seed: u64,
    stop: Stop,
) -> Result<Ended, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("the simulator: {e}"))?;
    runtime.block_on(async {
        let life = live(root, power, disk, model, seed, stop);
        match tokio::time::timeout(LIFE_MAX, life).await {
            Ok(ended) => ended,
            Err(_) => Err("I20: no progress".to_owned()),
        }
    })
}

async fn live(
    root: &Path,
    power: &Arc<Power>,
    disk: Disk,
    model: &Arc<Mutex<Model>>,
    seed: u64,
    stop: Stop,
) -> Result<Ended, String> {
    let server = match life::open(root, power, disk).await {
        Ok(server) => server,
        Err(_) if power.is_off() => return Ok(Ended::InRecovery),
        Err(error) => return Err(format!("does not open: {error}")),
    };
    let cell = Arc::clone(server.cell());
    let site = Site {
        server,
        cancel: CancellationToken::new(),
        model: Arc::clone(model),
        clock: Arc::new(SystemClock),
        history: History::new(false),
        life: model.lock().life,
        shared: false,
    };
    let made = life::ensure_topics(&cell).await;
    let outcome = match made {
        Ok(()) => workload::work(&site, seed).await,
        Err(_) if power.is_off() => Ok(()),
        Err(error) => Err(format!("topic: {error}")),
    };
    match stop {
        Stop::Clean => {}
        Stop::Cut => power.cut(),
        Stop::CutWithin(steps) => power.cut_within(steps),
    }
    site.cancel.cancel();
    let closed = cell.close().await;
    outcome?;
    match closed {
        Err(error) if !power.is_off() => Err(format!("does not close: {error}")),
        _ => Ok(Ended::Running),
    }
}
