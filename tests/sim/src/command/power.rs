use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use sim::{Disk, Summary, run as run_seed};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
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

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut sum = Summary::default();
    for seed in args.seed..args.seed + args.seeds {
        let folder = match &args.dir {
            Some(dir) => tempfile::tempdir_in(dir),
            None => sim::folder(),
        };
        let folder = folder.context("make a folder")?;
        match run_seed(seed, Disk::Honest, None, folder.path()) {
            Ok(summary) => sum += summary,
            Err(failure) => {
                if args.keep {
                    println!("kept {}", folder.keep().display());
                }
                println!("again: cargo xtask sim power --seeds 1 --seed {seed}");
                bail!("seed {seed}, life {}: {}", failure.life, failure.what);
            }
        }
    }
    println!("{} seeds: {sum}, nothing broken", args.seeds);
    Ok(())
}
