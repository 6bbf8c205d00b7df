//! `cargo xtask test`: every gate and every suite.

use anyhow::Result;

use crate::build::{self, Profile};
use crate::{check, command, tidy, tools};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<()> {
    tools::apt::install()?;
    tools::python::environment()?;
    command::run(&mut command::cargo(["fmt", "--all", "--check"]))?;
    tidy::check_tree()?;
    command::run(&mut check::clippy())?;
    let binary = build::weir(Profile::Release)?;
    command::run(command::cargo(["test", "--workspace"]).env("WEIR_BIN", binary))
}
