//! `cargo xtask up`: from a clone to a running Weir.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, Profile};
use crate::console;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments of `weir up`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    weir: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    console::build_once();
    let binary = build::weir(Profile::Release)?;
    // Replaces this process, so that signals and the exit status are those of `weir up`.
    let error = Command::new(&binary).arg("up").args(&args.weir).exec();
    Err(error).with_context(|| format!("start `{} up`", binary.display()))
}
