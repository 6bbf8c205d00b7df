//! The long run: `cargo xtask fuzz --minutes 30`.

#![expect(clippy::print_stdout, reason = "the report is the output")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common_seams::SystemClock;
use fuzz::{Budget, Finding, LastInput, Target};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Address space of the process: a length from the wire that is believed does not fit.
const ADDRESS_SPACE: u64 = 2 << 30;

#[derive(Debug, Parser)]
struct Args {
    /// Minutes in all, divided among the targets
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// One seed is one run, as long as the time allows
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only targets with this in their name
    #[arg(long, default_value = "")]
    target: String,
    /// Where inputs of findings go
    #[arg(long, default_value = "target/fuzz")]
    findings: PathBuf,
    /// Write the valid inputs of each target into a folder of its name, print the names, and stop
    #[arg(long)]
    write_seeds: Option<PathBuf>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let targets: Vec<Target> =
        fuzz::all().into_iter().filter(|target| target.name.contains(&args.target)).collect();
    if targets.is_empty() {
        bail!("no target has {:?} in its name", args.target);
    }
    if let Some(folder) = &args.write_seeds {
        return write_seeds(&targets, folder);
    }
    std::fs::create_dir_all(&args.findings)
        .with_context(|| format!("create {}", args.findings.display()))?;
    let limit = Rlimit { current: Some(ADDRESS_SPACE), ..getrlimit(Resource::As) };
    setrlimit(Resource::As, limit).context("limit the address space")?;
    // Panics are findings; thousands of traces would hide them.
    std::panic::set_hook(Box::new(|_| {}));
    let share = Duration::from_secs_f64(args.minutes * 60.0 / targets.len() as f64);
    let mut failed = 0;
    for target in &targets {
        let running = args.findings.join(format!("{}.running", target.name));
        let last = LastInput::at(&running).context("keep the last input")?;
        let report = fuzz::run(target, args.seed, Budget::Time(share), &SystemClock, &last);
        println!(
            "{:<24} {:>12} inputs  {:>5} kept  {} findings",
            target.name,
            report.inputs,
            report.kept,
            report.findings.len()
        );
        for (number, finding) in report.findings.iter().enumerate() {
            save(&args, target, number, finding)?;
        }
        failed += report.findings.len();
    }
    if failed > 0 {
        bail!("{failed} findings with seed {}", args.seed);
    }
    Ok(())
}

fn save(args: &Args, target: &Target, number: usize, finding: &Finding) -> Result<()> {
    let path = args.findings.join(format!("{}-{}-{number}", target.name, args.seed));
    std::fs::write(&path, &finding.input).with_context(|| format!("write {}", path.display()))?;
    println!("  {}: {}", path.display(), finding.what);
    Ok(())
}

fn write_seeds(targets: &[Target], folder: &Path) -> Result<()> {
    for target in targets {
        let own = folder.join(target.name);
        std::fs::create_dir_all(&own).with_context(|| format!("create {}", own.display()))?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            let path = own.join(format!("seed-{number}"));
            std::fs::write(&path, seed).with_context(|| format!("write {}", path.display()))?;
        }
        println!("{}", target.name);
    }
    Ok(())
}
