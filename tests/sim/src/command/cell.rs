use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use common_seams::{Clock as _, SystemClock};
use parking_lot::Mutex;
use sim::{FOUND_WITHIN, Planted, StoreOptions, StoreRun, StoreSummary, find, name, named};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Plant this bug and find it; `all` for each in turn, `none` for the seeds alone
    #[arg(long, default_value = "all")]
    planted: String,
    /// Print everything that happens, in the first seed alone
    #[arg(long)]
    trace: bool,
    /// Seeds at a time
    #[arg(long)]
    jobs: Option<usize>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let bugs = match args.planted.as_str() {
        "none" => Vec::new(),
        "all" => Planted::ALL.to_vec(),
        one => match named(one) {
            Some(bug) => vec![bug],
            None => {
                let names: Vec<String> = Planted::ALL.into_iter().map(name).collect();
                bail!("there is no bug `{one}`, but {}", names.join(", "));
            }
        },
    };
    if args.trace {
        return trace(args.seed, bugs.first().copied().filter(|_| args.planted != "all"));
    }
    if args.planted == "all" || args.planted == "none" {
        seeds(args)?;
    }
    table(args, &bugs)
}

/// One seed, with everything that happens in it.
fn trace(seed: u64, planted: Option<Planted>) -> Result<()> {
    let run = sim::run_on_store(seed, StoreOptions { planted, words: true });
    run.words.iter().for_each(|line| println!("{line}"));
    println!("{}; history {:016x}", run.summary, run.history);
    told(&run)
}

/// Seeds without a bug: nothing may break.
fn seeds(args: &Args) -> Result<()> {
    let begun = SystemClock.mono();
    let sum = Mutex::new(StoreSummary::default());
    each(args, args.seeds, |n| {
        let run = sim::run_on_store(args.seed + n, StoreOptions::default());
        *sum.lock() += run.summary;
        told(&run)
    })?;
    let took = SystemClock.mono().saturating_sub(begun);
    let rate = per_second(args.seeds, took);
    let (seeds, sum) = (args.seeds, sum.into_inner());
    println!("{seeds} seeds, {rate:.1} a second, nothing broken: {sum}");
    Ok(())
}

/// Every bug must show.
fn table(args: &Args, bugs: &[Planted]) -> Result<()> {
    let found = Mutex::new(Vec::new());
    each(args, bugs.len() as u64, |n| {
        let bug = bugs[usize::try_from(n)?];
        let begun = SystemClock.mono();
        let failure = find(bug, args.seed);
        let took = SystemClock.mono().saturating_sub(begun);
        found.lock().push((n, bug, failure, took));
        Ok(())
    })?;
    let mut found = found.into_inner();
    found.sort_by_key(|(n, ..)| *n);
    if !found.is_empty() {
        println!("{:<26} {:>5} {:>8}  found as", "planted bug", "seeds", "seconds");
    }
    let mut hidden = Vec::new();
    for (_, bug, failure, took) in found {
        let (bug, seconds) = (name(bug), took.as_secs_f64());
        match failure {
            Some(f) => {
                let tried = f.seed - args.seed + 1;
                println!("{bug:<26} {tried:>5} {seconds:>8.1}  {}", f.what);
            }
            None => {
                println!("{bug:<26} {:>5} {seconds:>8.1}  nothing", "-");
                hidden.push(bug);
            }
        }
    }
    if !hidden.is_empty() {
        bail!("not found within {FOUND_WITHIN} seeds: {}", hidden.join(", "));
    }
    Ok(())
}

fn told(run: &StoreRun) -> Result<()> {
    let Err(failure) = &run.outcome else { return Ok(()) };
    let seed = failure.seed;
    println!("again: cargo xtask sim cell --planted none --trace --seed {seed}");
    bail!("seed {seed}, life {}: {}", failure.life, failure.what)
}

/// Does numbers below `count`, several at a time; stops at the first error.
fn each(args: &Args, count: u64, one: impl Fn(u64) -> Result<()> + Sync) -> Result<()> {
    let jobs = args.jobs.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
    let (next, failed) = (AtomicU64::new(0), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..jobs.unwrap_or(1) {
            scope.spawn(|| {
                while failed.lock().is_none() {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return;
                    }
                    if let Err(error) = one(n) {
                        failed.lock().get_or_insert(error);
                    }
                }
            });
        }
    });
    failed.into_inner().map_or(Ok(()), Err)
}

fn per_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(0.001)
}
