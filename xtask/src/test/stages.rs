use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow};

use super::counts::{Counts, Format};
use crate::build::{self, Profile};
use crate::{check, command, console, tidy, tools, workspace};

/// What one stage did.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) counts: Counts,
    /// Why the stage failed; the command is in it.
    pub(super) failure: Option<anyhow::Error>,
}

pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) run: fn() -> Outcome,
}

/// In this order: the quick gates first, then what runs the release binary.
pub(super) const STAGES: &[Stage] = &[
    Stage { name: "tools", run: || gate(install()) },
    Stage { name: "fmt", run: || gate(format()) },
    Stage { name: "tidy", run: || gate(tidy::check_tree()) },
    // Before cargo: what it builds has the console in it.
    Stage { name: "console", run: || gate(console::check_and_build()) },
    Stage { name: "clippy", run: || gate(command::run(&mut check::clippy())) },
    Stage { name: "unit", run: unit },
    Stage { name: "sim", run: || gate(simulate()) },
    Stage { name: "build", run: || gate(build::weir(Profile::Release).map(drop)) },
    Stage { name: "e2e", run: end_to_end },
    Stage { name: "compat", run: compat },
];

/// The suite brings its own pinned environment, jars and data.
const COMPAT: &str = "tests/compat/run.py";

fn install() -> Result<()> {
    tools::apt::install()?;
    command::run(&mut command::program("python3", [COMPAT, "--setup"]))
}

fn format() -> Result<()> {
    command::run(&mut command::cargo(["fmt", "--all", "--check"]))
}

/// Unit and integration tests of every crate; the specification is compared by one of them.
fn unit() -> Outcome {
    let exclude = ["--workspace", "--exclude", "e2e"];
    suite(&mut cargo_test(&exclude), Format::Cargo)
}

/// Seeds of a cell on a hostile store, and every planted bug, by the program that the tests of its crate
/// left behind.
fn simulate() -> Result<()> {
    let sim = workspace::target_dir()?.join("debug/sim");
    command::run(&mut command::program(sim, ["cell", "--seeds", "200"]))
}

fn end_to_end() -> Outcome {
    match binary() {
        Ok(weir) => suite(cargo_test(&["--package", "e2e"]).env("WEIR_BIN", weir), Format::Cargo),
        Err(error) => gate(Err(error)),
    }
}

fn cargo_test(selection: &[&str]) -> Command {
    let mut cargo = command::cargo(["test", "--locked", "--no-fail-fast"]);
    cargo.args(selection);
    cargo
}

/// Other people's clients, and faults under load, in short form.
fn compat() -> Outcome {
    match binary() {
        Ok(weir) => {
            let mut python = command::program("python3", [COMPAT, "--ci"]);
            suite(python.env("WEIR_BIN", weir), Format::Pytest)
        }
        Err(error) => gate(Err(error)),
    }
}

/// The release binary, which the stage `build` leaves.
fn binary() -> Result<PathBuf> {
    let binary = workspace::target_dir()?.join("release/weir");
    if binary.is_file() {
        Ok(binary)
    } else {
        Err(anyhow!("not run: {} is missing", binary.display()))
    }
}

fn gate(result: Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome { counts: Counts::GATE_PASSED, failure: None },
        Err(error) => Outcome { counts: Counts::GATE_FAILED, failure: Some(error) },
    }
}

/// Runs a suite, shows its output and adds up what it says of itself.
fn suite(command: &mut Command, format: Format) -> Outcome {
    let mut counts = Counts::default();
    let failure = stream(command, |line| counts.read(line, format)).err();
    // A suite that could not even be compiled or started counts no test.
    if failure.is_some() && counts.failed == 0 {
        counts.failed = 1;
    }
    Outcome { counts, failure }
}

fn stream(command: &mut Command, mut line_read: impl FnMut(&str)) -> Result<()> {
    let text = command::text(command);
    eprintln!("$ {text}");
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("start `{text}`"))?;
    let output = child.stdout.take().context("the child has no standard output")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.with_context(|| format!("read the output of `{text}`"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        line_read(&line);
    }
    let status = child.wait().with_context(|| format!("wait for `{text}`"))?;
    if status.success() { Ok(()) } else { Err(anyhow!("`{text}` failed: {status}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_suite_without_a_sum_counts_as_one_failure() {
        let outcome = suite(&mut command::program("sh", ["-c", "exit 101"]), Format::Cargo);
        assert_eq!(outcome.counts, Counts { passed: 0, failed: 1, skipped: 0 });
        let error = outcome.failure.unwrap().to_string();
        assert_eq!(error, "`sh -c 'exit 101'` failed: exit status: 101");
    }

    #[test]
    fn suite_counts_what_it_prints() {
        let echo = ["-c", "echo '== 2 passed, 1 skipped in 1s =='"];
        let outcome = suite(&mut command::program("sh", echo), Format::Pytest);
        assert_eq!(outcome.counts, Counts { passed: 2, failed: 0, skipped: 1 });
        assert!(outcome.failure.is_none());
    }
}
