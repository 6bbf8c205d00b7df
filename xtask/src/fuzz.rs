//! `cargo xtask fuzz`: damaged bytes for every decoder.

use anyhow::Result;

use crate::command;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments of the fuzzer, as --minutes 30 --seed 7 --target slot
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    fuzzer: Vec<String>,
}

/// Runs in the development profile, which checks for overflow and still optimises the decoders.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut fuzzer = command::cargo(["run", "--quiet", "--locked", "--package", "fuzz", "--"]);
    command::run(fuzzer.args(&args.fuzzer))
}
