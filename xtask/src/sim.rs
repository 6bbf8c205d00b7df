//! `cargo xtask sim`: power cuts by the thousand.

use anyhow::Result;

use crate::command;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments of the simulator, as --seeds 1000 --seed 7
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    simulator: Vec<String>,
}

/// Runs in the development profile, whose assertions belong to the checks.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut simulator = command::cargo(["run", "--quiet", "--locked", "--package", "sim", "--"]);
    command::run(simulator.args(&args.simulator))
}
