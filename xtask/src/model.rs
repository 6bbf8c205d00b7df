//! `cargo xtask model`: every state of the fencing protocol, world by world.

use anyhow::Result;

use crate::command;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments of the search, as --bug seal-collected --depth 20
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    search: Vec<String>,
}

/// Runs in the development profile, which optimises this one crate and the checker.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut search = command::cargo(["run", "--quiet", "--locked", "--package", "model", "--"]);
    command::run(search.args(&args.search))
}
