//! `cargo xtask openapi`: the committed specification against the code.

use anyhow::{Context, Result};

use crate::command;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Fail when the committed specification differs from the code
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.check { check() } else { command::run(generator().env("UPDATE_OPENAPI", "1")) }
}

/// Compares openapi/openapi.json with what the code describes.
pub(crate) fn check() -> Result<()> {
    command::run(&mut generator()).context("write it anew with `cargo xtask openapi`")
}

/// The test of crate `api` that compares the file, or writes it when `UPDATE_OPENAPI` is set.
fn generator() -> std::process::Command {
    command::cargo(["test", "--quiet", "--package", "api", "--test", "it", "open_api"])
}
