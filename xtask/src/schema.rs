//! `cargo xtask schema`: good and bad requests made from the specification, against the release build.

use anyhow::Result;

use crate::build::{self, Profile};
use crate::command;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments of tests/compat/schema.py
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    suite: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let binary = build::weir(Profile::Release)?;
    let mut suite = command::program("python3", ["tests/compat/schema.py"]);
    command::run(suite.args(&args.suite).env("WEIR_BIN", binary))
}
