//! `cargo xtask console`: the web console, which the binary has in it when it was built before.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{command, workspace};

/// Vite starts on no older one.
const NODE_MIN: (u32, u32) = (20, 19);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also drive the release binary in Debian's Chromium; pictures go to the folder that is printed
    #[arg(long)]
    e2e: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    install()?;
    command::run(&mut npm(&["run", "build"]))?;
    if args.e2e { journeys() } else { Ok(()) }
}

/// Everything that is checked of the console without a server, and the files for the binary.
pub(crate) fn check_and_build() -> Result<()> {
    install()?;
    command::run(&mut npm(&["run", "check"]))
}

/// Builds the console when nobody did yet. Where that fails, for want of Node or of a network, there is a Weir
/// without it, which says so.
pub(crate) fn build_once() {
    if folder().join("dist/app/index.html").is_file() {
        return;
    }
    let built = install().and_then(|()| command::run(&mut npm(&["run", "build"])));
    if let Err(error) = built {
        eprintln!("without the console: {error:#}");
    }
}

fn install() -> Result<()> {
    check_node()?;
    // What the packages would run when they are installed is nothing that is needed here.
    command::run(&mut npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
}

fn journeys() -> Result<()> {
    let weir = crate::build::weir(crate::build::Profile::Release)?;
    let mut e2e = npm(&["run", "e2e"]);
    command::run(e2e.env("WEIR_BIN", weir))
}

fn check_node() -> Result<()> {
    let said = command::capture(&mut command::program("node", ["--version"]))
        .context("the console takes Node")?;
    let (major, minor) = NODE_MIN;
    if version(&said).is_none_or(|found| found < NODE_MIN) {
        bail!("the console takes Node {major}.{minor} or newer, and this is {}", said.trim());
    }
    Ok(())
}

/// Major and minor of `v20.19.1`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn npm(args: &[&str]) -> Command {
    let mut npm = command::program("npm", args);
    npm.current_dir(folder());
    npm
}

fn folder() -> PathBuf {
    workspace::root().join("web-console")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version("v20.19.1\n"), Some((20, 19)));
        assert!(version("v9.99.0").unwrap() < NODE_MIN);
        assert!(version("v22.0.0").unwrap() > NODE_MIN);
        assert_eq!(version("20"), None);
    }
}
