//! `cargo xtask compat`: Kafka clients that nobody here wrote.

use anyhow::Result;

use crate::build::{self, Profile};
use crate::{command, tools};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments of tests/compat/run.py
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    suite: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    tools::apt::install()?;
    let binary = build::weir(Profile::Release)?;
    let mut suite = command::program("python3", ["tests/compat/run.py"]);
    command::run(suite.args(&args.suite).env("WEIR_BIN", binary))
}
