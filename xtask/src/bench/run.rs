use anyhow::{Result, bail};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<()> {
    bail!("no benchmark is part of this tree")
}
