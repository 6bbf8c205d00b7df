//! CPU and memory as the kernel counts them.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;

use super::clock;

/// `/proc` counts in these; Linux has had no other value in user space for decades.
const TICKS_PER_SECOND: f64 = 100.0;

/// One look at the counters of the machine and of some processes.
pub(super) struct Snapshot {
    at: Duration,
    machine: Machine,
    processes: Vec<f64>,
}

struct Machine {
    cores: f64,
    idle: f64,
    steal: f64,
}

/// What happened between two looks.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Interval {
    pub(super) seconds: f64,
    /// CPU seconds of everything on the machine, interrupts and kernel threads included.
    pub(super) busy: f64,
    /// Part of the machine's time that the host gave to others.
    pub(super) steal: f64,
    /// CPU seconds of each process asked for.
    pub(super) processes: Vec<f64>,
}

impl Snapshot {
    pub(super) fn take(pids: &[u32]) -> Result<Self> {
        let processes = pids.iter().map(|pid| process_cpu(*pid)).collect::<Result<_>>()?;
        let stat = fs::read_to_string("/proc/stat").context("read /proc/stat")?;
        Ok(Self { at: clock::now(), machine: parse_machine(&stat)?, processes })
    }

    pub(super) fn since(&self, before: &Self) -> Interval {
        let seconds = (self.at - before.at).as_secs_f64();
        let cores = self.machine.cores;
        let steal = self.machine.steal - before.machine.steal;
        // Idle time is kept exactly, busy time is sampled once per tick: the difference is the better figure.
        let idle = self.machine.idle - before.machine.idle;
        let processes = self.processes.iter().zip(&before.processes).map(|(now, then)| now - then);
        Interval {
            seconds,
            busy: seconds * cores - idle - steal,
            steal: steal / (seconds * cores),
            processes: processes.collect(),
        }
    }
}

fn parse_machine(stat: &str) -> Result<Machine> {
    let cores = stat.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu "));
    let cores = cores.count() as f64;
    let total = stat.lines().next().context("/proc/stat is empty")?;
    let field = |index: usize| -> Result<f64> {
        let text = total.split_whitespace().nth(index).context("/proc/stat is short")?;
        Ok(text.parse::<f64>()? / TICKS_PER_SECOND)
    };
    Ok(Machine { cores, idle: field(4)? + field(5)?, steal: field(8)? })
}

/// CPU seconds of all threads of a process, ended ones and waited-for children included.
pub(super) fn process_cpu(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    parse_process_cpu(&stat).with_context(|| format!("parse {path}"))
}

fn parse_process_cpu(stat: &str) -> Option<f64> {
    // The name may hold anything but ends at the last parenthesis.
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: f64 = fields.get(11..15)?.iter().filter_map(|field| field.parse::<f64>().ok()).sum();
    Some(ticks / TICKS_PER_SECOND)
}

/// Memory of a process, in MB of 10^6 bytes.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Memory {
    pub(super) pss: f64,
    pub(super) anonymous: f64,
}

pub(super) fn memory(pid: u32) -> Result<Memory> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    let field = |name: &str| -> Option<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0 / 1e6)
    };
    let parsed = field("Pss:").zip(field("Anonymous:"));
    let (pss, anonymous) = parsed.with_context(|| format!("parse {path}"))?;
    Ok(Memory { pss, anonymous })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_of_a_process_survives_an_odd_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 10 0 0 0 150 50 3 2 20 0 9 0 1 2 3";
        assert_eq!(parse_process_cpu(stat), Some(2.05));
    }

    #[test]
    fn idle_includes_waiting_for_disks() {
        let stat = "cpu  10 0 20 300 40 0 5 60 0 0\ncpu0 1 2 3\ncpu1 1 2 3\nintr 1\n";
        let machine = parse_machine(stat).unwrap();
        assert_eq!((machine.cores, machine.idle, machine.steal), (2.0, 3.4, 0.6));
    }
}
