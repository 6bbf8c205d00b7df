use std::time::Duration;

use anyhow::{Result, bail};
use common_seams::{Clock, SystemClock};

use super::counts::Counts;
use super::stages::{Outcome, STAGES};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run these stages alone, in the usual order
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

struct Done {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

/// Runs the stages; the last line on standard output is the sum.
pub(crate) fn run(args: &Args) -> Result<()> {
    let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
    if let Some(unknown) = args.only.iter().find(|only| !names.contains(&only.as_str())) {
        bail!("there is no stage `{unknown}`, but {}", names.join(", "));
    }
    let clock = SystemClock;
    let mut done = Vec::new();
    for stage in STAGES {
        if !args.only.is_empty() && !args.only.iter().any(|only| only == stage.name) {
            continue;
        }
        eprintln!("== {}", stage.name);
        let start = clock.mono();
        let outcome = (stage.run)();
        if let Some(error) = &outcome.failure {
            eprintln!("{}: {error:#}", stage.name);
        }
        done.push(Done { name: stage.name, took: clock.mono().saturating_sub(start), outcome });
    }
    if report(&done) { Ok(()) } else { std::process::exit(1) }
}

/// Prints the table and the sum; whether everything passed.
fn report(done: &[Done]) -> bool {
    let mut sum = Counts::default();
    let mut whole = Duration::ZERO;
    println!();
    for Done { name, took, outcome } in done {
        let verdict = if outcome.failure.is_none() { "ok" } else { "FAILED" };
        println!("{name:<8} {:>6.1} min  {verdict:<6}  {}", minutes(*took), outcome.counts);
        sum += outcome.counts;
        whole += *took;
    }
    println!("{:<8} {:>6.1} min", "all", minutes(whole));
    for Done { name, outcome, .. } in done {
        if let Some(error) = &outcome.failure {
            println!("{name}: {error:#}");
        }
    }
    println!("{sum}");
    done.iter().all(|done| done.outcome.failure.is_none())
}

fn minutes(time: Duration) -> f64 {
    time.as_secs_f64() / 60.0
}
