//! `cargo xtask build`: the `weir` binary.

use std::path::PathBuf;

use anyhow::Result;

use crate::{command, workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Build with the development profile
    #[arg(long)]
    dev: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let binary = weir(if args.dev { Profile::Dev } else { Profile::Release })?;
    println!("{}", binary.display());
    Ok(())
}

/// Builds `weir` and says where it is.
pub(crate) fn weir(profile: Profile) -> Result<PathBuf> {
    let mut cargo = command::cargo(["build", "--locked", "--package", "cli", "--bin", "weir"]);
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            cargo.arg("--release");
            "release"
        }
    };
    command::run(&mut cargo)?;
    Ok(workspace::target_dir()?.join(folder).join("weir"))
}
