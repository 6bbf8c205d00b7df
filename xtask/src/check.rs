//! `cargo xtask check`: the edit loop.

use anyhow::Result;

use crate::{command, openapi, tidy};

pub(crate) fn run() -> Result<()> {
    command::run(&mut command::cargo(["fmt", "--all", "--check"]))?;
    tidy::check_tree()?;
    command::run(&mut clippy())?;
    openapi::check()?;
    command::run(&mut command::cargo(["test", "--workspace", "--lib", "--bins"]))
}

/// Clippy over everything, warnings refused; one crate's findings do not hide another's.
pub(crate) fn clippy() -> std::process::Command {
    let mut clippy = command::cargo(["clippy", "--workspace", "--all-targets", "--locked"]);
    clippy.args(["--keep-going", "--", "-D", "warnings"]);
    clippy
}
