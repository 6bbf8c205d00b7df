//! `cargo xtask sim`: broken processes, stores and disks by the thousand.

use anyhow::Result;

use crate::command;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to break and how often, as `cell --seeds 1000 --seed 7` or `power --seeds 100`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    simulator: Vec<String>,
}

/// Runs in the development profile, whose assertions belong to the checks.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut simulator = command::cargo(["run", "--quiet", "--locked", "--package", "sim", "--"]);
    command::run(simulator.args(&args.simulator))
}
