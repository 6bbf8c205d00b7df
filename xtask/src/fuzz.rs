//! `cargo xtask fuzz`: damaged bytes for every decoder, arbitrary clients for groups.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{command, workspace};

/// What makes LLVM count which branches an input took. The same that cargo-fuzz passes; all of it is known
/// to the stable toolchain.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
/// Megabytes a target may take.
const MEMORY_MB: u32 = 2048;
/// Seconds one input may take.
const INPUT_SECONDS: u32 = 5;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Minutes in all, divided among the targets
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// One seed is one run, as long as the time allows
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only targets with this in their name
    #[arg(long, default_value = "")]
    target: String,
    /// Build everything with coverage counters and let LLVM's fuzzer choose the inputs; keeps what it
    /// learns in fuzz/corpus
    #[arg(long)]
    guided: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.guided { guided(args) } else { plain(args) }
}

/// Runs in the development profile, which checks for overflow and still optimises the decoders.
fn plain(args: &Args) -> Result<()> {
    let (minutes, seed) = (args.minutes.to_string(), args.seed.to_string());
    let options = ["--minutes", &minutes, "--seed", &seed, "--target", &args.target];
    command::run(program().args(options))
}

fn guided(args: &Args) -> Result<()> {
    let folder = workspace::root().join("fuzz");
    let corpus = folder.join("corpus");
    let seeds = folder.join("target/seeds");
    let mut list = program();
    list.args(["--target", &args.target, "--write-seeds"]).arg(&seeds);
    let names = command::capture(&mut list)?;
    let host = host()?;
    // A target of its own keeps the counters out of build scripts, which run on the host.
    let mut build = command::cargo(["build", "--release", "--target", &host]);
    command::run(
        build.current_dir(&folder).env("RUSTFLAGS", COVERAGE).env_remove("CARGO_TARGET_DIR"),
    )?;
    let names: Vec<&str> = names.lines().collect();
    let seconds = (args.minutes * 60.0 / names.len().max(1) as f64).ceil().max(1.0);
    for name in names {
        let binary = folder.join("target").join(&host).join("release/guided");
        one(args, &binary, name, seconds, [&corpus.join(name), &seeds.join(name)])?;
    }
    Ok(())
}

fn one(args: &Args, binary: &Path, name: &str, seconds: f64, inputs: [&Path; 2]) -> Result<()> {
    std::fs::create_dir_all(inputs[0]).context("create the folder of the corpus")?;
    let findings = workspace::root().join("fuzz/artifacts").join(name);
    std::fs::create_dir_all(&findings).context("create the folder of findings")?;
    let mut fuzzer = command::program(binary, inputs);
    fuzzer
        .env("WEIR_FUZZ_TARGET", name)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-seed={}", args.seed))
        .arg(format!("-timeout={INPUT_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MB}"))
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .args(["-max_len=65536", "-verbosity=0", "-print_final_stats=1"]);
    command::run(&mut fuzzer)
}

fn program() -> std::process::Command {
    command::cargo(["run", "--quiet", "--locked", "--package", "fuzz", "--"])
}

fn host() -> Result<String> {
    let version = command::capture(&mut command::program("rustc", ["-vV"]))?;
    let line = version.lines().find_map(|l| l.strip_prefix("host: "));
    line.map(str::to_owned).context("find the host in `rustc -vV`")
}
