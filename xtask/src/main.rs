//! `cargo xtask`: the only task runner of this repository.
//!
//! Every command is one module. A command that fails names the program it ran, so that it can be run
//! again by hand.

#![expect(clippy::print_stdout, reason = "a task runner talks to its terminal")]
#![expect(clippy::print_stderr, reason = "a task runner talks to its terminal")]

mod bench;
mod build;
mod check;
mod command;
mod compat;
mod console;
mod contract;
mod fuzz;
mod http;
mod model;
mod openapi;
mod schema;
mod served;
mod sim;
mod test;
mod tidy;
mod tools;
mod up;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Builds, runs, tests and measures Weir")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build the release binary and start it; further arguments go to `weir up`
    Up(up::Args),
    /// Build the `weir` binary; the last line is its path
    Build(build::Args),
    /// Install what the tests need, then run every gate and every suite
    Test(test::Args),
    /// Format, clippy, tidy, spec drift and unit tests: the edit loop
    Check,
    /// Check what must be true of the tree: tiers, walls, sizes, licences, links
    Tidy(tidy::Args),
    /// Write openapi/openapi.json from the code, or compare with --check
    Openapi(openapi::Args),
    /// Compare this API with public descriptions of the same paths
    Contract(contract::Args),
    /// Feed damaged bytes to every decoder
    Fuzz(fuzz::Args),
    /// Visit every state of the fencing protocol, with and without bugs planted in it
    Model(model::Args),
    /// Break a cell under load, seed by seed, and find planted bugs
    Sim(sim::Args),
    /// Build the web console, which the next build of Weir takes in
    Console(console::Args),
    /// Run the suites that drive Weir with Kafka clients of other people
    Compat(compat::Args),
    /// Run thousands of good and bad requests made from the specification
    Schema(schema::Args),
    /// Measure Weir against its peers
    Bench(bench::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Up(args) => up::run(&args),
        Task::Build(args) => build::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Check => check::run(),
        Task::Tidy(args) => tidy::run(&args),
        Task::Openapi(args) => openapi::run(&args),
        Task::Contract(args) => contract::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Model(args) => model::run(&args),
        Task::Sim(args) => sim::run(&args),
        Task::Console(args) => console::run(&args),
        Task::Compat(args) => compat::run(&args),
        Task::Schema(args) => schema::run(&args),
        Task::Bench(args) => bench::run(&args),
    }
}
