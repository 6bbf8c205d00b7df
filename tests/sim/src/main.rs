//! The long run: `cargo xtask sim --seeds 10000`.

#![expect(clippy::print_stdout, reason = "the report is the output")]

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Parser;
use sim::{Disk, Summary, run};

#[derive(Debug, Parser)]
struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for the cells; by default one in memory
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Keep the folder of a failed seed
    #[arg(long)]
    keep: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut sum = Summary::default();
    for seed in args.seed..args.seed + args.seeds {
        let folder = match &args.dir {
            Some(dir) => tempfile::tempdir_in(dir),
            None => sim::folder(),
        };
        let folder = folder.context("make a folder")?;
        match run(seed, Disk::Honest, folder.path()) {
            Ok(summary) => add(&mut sum, summary),
            Err(failure) => {
                if args.keep {
                    println!("kept {}", folder.keep().display());
                }
                bail!("seed {seed}, life {}: {}", failure.life, failure.what);
            }
        }
    }
    println!(
        "{} seeds: {} lives, {} power cuts ({} in recovery), {} pages lost, {} records acknowledged, nothing broken",
        args.seeds, sum.lives, sum.cuts, sum.cuts_in_recovery, sum.pages_lost, sum.acknowledged
    );
    Ok(())
}

fn add(sum: &mut Summary, one: Summary) {
    sum.lives += one.lives;
    sum.cuts += one.cuts;
    sum.cuts_in_recovery += one.cuts_in_recovery;
    sum.pages_lost += one.pages_lost;
    sum.acknowledged += one.acknowledged;
}
