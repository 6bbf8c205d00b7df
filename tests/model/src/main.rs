//! The search: `cargo xtask model [--bug NAME] [--depth N]`.

#![expect(clippy::print_stdout, reason = "the report is the output")]

use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};
use model::{Bug, Outcome, Verdict, World, search};

#[derive(Debug, Parser)]
struct Args {
    /// Search this world alone
    #[arg(long)]
    world: Option<String>,
    /// Search with this bug alone; without it, every world without and with each of its bugs
    #[arg(long, value_enum)]
    bug: Option<Bug>,
    /// Stop at this depth
    #[arg(long)]
    depth: Option<usize>,
    /// Print the steps of every counterexample
    #[arg(long)]
    trace: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let worlds = match &args.world {
        None => World::all(),
        Some(name) => match World::named(name) {
            Some(world) => vec![world],
            None => bail!("there is no world `{name}`"),
        },
    };
    println!("{:<9} {:<24} {:>9} {:>5} {:>7}  found", "world", "bug", "states", "depth", "seconds");
    let mut unexpected = 0;
    for world in &worlds {
        let bugs =
            world.bugs.iter().copied().filter(|bug| args.bug.is_none_or(|only| only == *bug));
        let clean = args.bug.is_none().then_some(None);
        for bug in clean.into_iter().chain(bugs.map(Some)) {
            let outcome = search(world, bug, args.depth);
            show(&args, world, bug, &outcome);
            unexpected += u32::from(!is_expected(&args, bug, &outcome));
        }
    }
    if unexpected > 0 {
        bail!("{unexpected} searches did not end as expected");
    }
    Ok(())
}

fn show(args: &Args, world: &World, bug: Option<Bug>, outcome: &Outcome) {
    let name = bug.and_then(|bug| bug.to_possible_value());
    let name = name.as_ref().map_or("-", |value| value.get_name());
    let seconds = outcome.took.as_secs_f64();
    let (states, depth) = (outcome.states, outcome.depth);
    print!("{:<9} {name:<24} {states:>9} {depth:>5} {seconds:>7.1}  ", world.name);
    let never = outcome.unreached.iter().filter(|_| bug.is_none() && outcome.broken.is_empty());
    let never = never.map(|name| format!("never: {name}"));
    let broken =
        outcome.broken.iter().map(|(rule, steps)| format!("{rule}, {} steps", steps.len()));
    let found: Vec<String> = broken.chain(never).collect();
    println!("{}", if found.is_empty() { "nothing".to_owned() } else { found.join("; ") });
    let shortest = outcome.broken.iter().map(|(_, steps)| steps).min_by_key(|steps| steps.len());
    for step in shortest.into_iter().flatten().filter(|_| args.trace) {
        println!("    {step}");
    }
}

/// A search that a depth cut short may have missed anything.
fn is_expected(args: &Args, bug: Option<Bug>, outcome: &Outcome) -> bool {
    let found = !outcome.broken.is_empty();
    match bug.map(Bug::verdict) {
        None => !found && (outcome.unreached.is_empty() || args.depth.is_some()),
        Some(Verdict::Caught) => found || args.depth.is_some(),
        Some(Verdict::Harmless) => !found,
    }
}
