//! The long run: `cargo xtask sim cell --seeds 10000`.

#![expect(clippy::print_stdout, reason = "the report is the output")]

mod command;

use anyhow::Result;
use clap::Parser;

use command::{cell, power};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask sim", about = "Breaks a cell, seed by seed, and checks what is left")]
enum Args {
    /// Kill, freeze and replace processes on a hostile object store, then find planted bugs
    Cell(cell::Args),
    /// Cut the power of a disk
    Power(power::Args),
}

fn main() -> Result<()> {
    match Args::parse() {
        Args::Cell(args) => cell::run(&args),
        Args::Power(args) => power::run(&args),
    }
}
