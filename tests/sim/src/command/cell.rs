use std::fmt::Display;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use common_seams::{Clock as _, SystemClock};
use parking_lot::Mutex;
use sim::{FOUND_WITHIN, Planted, SeedRun, StoreOptions, find, name, named};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seeds of one broker at a time, of several, or first the one and then a fifth as many of the other
    #[arg(long, value_enum, default_value_t = Brokers::Both)]
    brokers: Brokers,
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

/// How many processes a run has at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Brokers {
    One,
    Several,
    Both,
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
        return trace(args, bugs.first().copied().filter(|_| args.planted != "all"));
    }
    if args.planted == "all" || args.planted == "none" {
        if args.brokers != Brokers::Several {
            seeds(args, args.seeds, "one broker at a time", sim::run_on_store)?;
        }
        if args.brokers != Brokers::One {
            let fewer = if args.brokers == Brokers::Both { 5 } else { 1 };
            seeds(args, args.seeds.div_ceil(fewer), "several brokers", sim::run_company)?;
        }
    }
    table(args, &bugs)
}

/// One seed, with everything that happens in it.
fn trace(args: &Args, planted: Option<Planted>) -> Result<()> {
    let options = StoreOptions { planted, words: true, ..StoreOptions::default() };
    if args.brokers == Brokers::Several || planted.is_some_and(Planted::takes_company) {
        print(&sim::run_company(args.seed, options))
    } else {
        print(&sim::run_on_store(args.seed, options))
    }
}

fn print<S: Display>(run: &SeedRun<S>) -> Result<()> {
    run.words.iter().for_each(|line| println!("{line}"));
    println!("{}; history {:016x}", run.summary, run.history);
    match &run.outcome {
        Ok(()) => Ok(()),
        Err(failure) => bail!("seed {}: {}", failure.seed, failure.what),
    }
}

/// Seeds without a bug: nothing may break.
fn seeds<S>(
    args: &Args,
    count: u64,
    what: &str,
    run: impl Fn(u64, StoreOptions) -> SeedRun<S> + Sync,
) -> Result<()>
where
    S: AddAssign + Default + Display + Send,
{
    let begun = SystemClock.mono();
    let sum = Mutex::new(S::default());
    each(args, count, |n| {
        let run = run(args.seed + n, StoreOptions::default());
        *sum.lock() += run.summary;
        let Err(failure) = run.outcome else { return Ok(()) };
        let (seed, brokers) =
            (failure.seed, if what.starts_with("one") { "one" } else { "several" });
        println!(
            "again: cargo xtask sim cell --brokers {brokers} --planted none --trace --seed {seed}"
        );
        bail!("seed {seed}, process {}: {}", failure.life, failure.what)
    })?;
    let took = SystemClock.mono().saturating_sub(begun);
    let rate = per_second(count, took);
    println!("{count} seeds of {what}, {rate:.1} a second, nothing broken: {}", sum.into_inner());
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
