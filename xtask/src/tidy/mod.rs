//! `cargo xtask tidy`: what must be true of the tree, as checks and not as a guide.

use anyhow::Result;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<()> {
    check_tree()
}

/// Fails when any rule finds anything.
pub(crate) fn check_tree() -> Result<()> {
    Ok(())
}
