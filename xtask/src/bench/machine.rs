//! The machine a run was made on, and what is done to it first.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{clock, stats};
use crate::command;

const CHUNK: usize = 1 << 20;
/// Left free by the ballast, for what is not page cache.
const MARGIN: u64 = 1 << 30;
/// The size the ballast's file claims to have.
const BALLAST_BYTES: u64 = 1 << 40;
const PROBE: Duration = Duration::from_secs(5);

/// Facts that a reader needs to repeat a run.
pub(super) fn describe(data: &Path) -> Result<Value> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let cpus = read("/proc/cpuinfo");
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    // Not every benchmark needs it.
    let java = Command::new("java").arg("-version").output();
    let java = java.map(|output| output.stderr).unwrap_or_default();
    Ok(json!({
        "date_unix": clock::unix_seconds(),
        "kernel": read("/proc/sys/kernel/osrelease"),
        "cpu": model.trim_start_matches([' ', '\t', ':']),
        "cores": cpus.lines().filter(|line| line.starts_with("processor")).count(),
        "memory": memory_field("MemTotal:")?,
        "governor": if governor.is_empty() { "none visible" } else { &governor },
        "java": String::from_utf8_lossy(&java).lines().next().unwrap_or_default(),
        "load_before": read("/proc/loadavg"),
        "fdatasync_4k_us": probe_sync(data)?,
    }))
}

/// Clean page cache that takes up what is free.
///
/// A virtual machine may give free pages back to its host, and a page used for the first time then costs
/// ten times as much as a used one. Pages of a file with nothing in it cost no disk, stay the guest's, and
/// are given up without writing. Brokers live with a full page cache anyway.
pub(super) struct Ballast {
    file: Option<File>,
    position: u64,
}

impl Ballast {
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let mut options = File::options();
        options.create(true).truncate(true).read(true).write(true);
        let file = options.open(folder.join("ballast"))?;
        file.set_len(BALLAST_BYTES)?;
        Ok(Self { file: Some(file), position: 0 })
    }

    /// Fills nothing: what is free stays free.
    pub(super) fn none() -> Self {
        Self { file: None, position: 0 }
    }

    /// Takes what is free at this moment, up to a margin.
    pub(super) fn fill(&mut self) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut chunk = vec![0_u8; CHUNK];
        let free = memory_field("MemFree:")?.saturating_sub(MARGIN);
        for _ in 0..free / CHUNK as u64 {
            file.read_exact_at(&mut chunk, self.position % (BALLAST_BYTES - CHUNK as u64))?;
            self.position += CHUNK as u64;
        }
        Ok(())
    }
}

fn memory_field(name: &str) -> Result<u64> {
    let text = fs::read_to_string("/proc/meminfo").context("read /proc/meminfo")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kib =
        line.and_then(|line| line.split_whitespace().next()).context("parse /proc/meminfo")?;
    Ok(kib.parse::<u64>()? * 1024)
}

/// Quantiles of 4 KiB appends with fdatasync, in microseconds.
fn probe_sync(data: &Path) -> Result<Value> {
    let path = data.join("sync-probe");
    let mut file = File::create(&path).with_context(|| format!("make {}", path.display()))?;
    let mut took = Vec::new();
    let start = clock::now();
    while clock::elapsed(start) < PROBE {
        let before = clock::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        took.push(clock::elapsed(before).as_secs_f64() * 1e6);
    }
    fs::remove_file(&path)?;
    Ok(json!({
        "count": took.len(),
        "p50": stats::quantile(&took, 0.5).round(),
        "p99": stats::quantile(&took, 0.99).round(),
    }))
}

/// Writes back what is dirty, so that one broker's pages are not paid for in the block of the other.
pub(super) fn sync() -> Result<()> {
    command::capture(&mut Command::new("sync")).map(drop)
}

/// Bytes on disk below a folder.
pub(super) fn disk_use(folder: &Path) -> Result<u64> {
    let mut du = Command::new("du");
    let text = command::capture(du.args(["-s", "-B1"]).arg(folder))?;
    let bytes = text.split_whitespace().next().context("`du` printed nothing")?;
    Ok(bytes.parse()?)
}
