//! `cargo xtask bench object`: what a cell on an object store costs, and how long an acknowledgement takes.
//!
//! The store is a folder that answers as late as one far away. Every load gets a Weir and a bucket of its
//! own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::cells::{Cell, Load};
use super::client::{Client, Produce, Produced};
use super::counters::{Interval, Snapshot};
use super::object_options::Options;
use super::server::Server;
use super::store_use::StoreUse;
use super::weir::Weir;
use super::{clock, machine, object_table, tools};
use crate::{build, workspace};

/// Requests on their way per connection when the broker is saturated: as many as it takes in.
const IN_FLIGHT: u64 = 32;
const TOPIC: &str = "bench";
const PASS_BYTES: f64 = (64 << 20) as f64;

/// What one load did.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    /// Bytes per second asked for; none when saturated.
    pub(super) rate: Option<f64>,
    pub(super) produced: Produced,
    /// The broker's process by itself, and the machine less the load generator, in CPU seconds.
    pub(super) broker_cpu: f64,
    pub(super) machine_cpu: f64,
    pub(super) steal: f64,
    pub(super) used: StoreUse,
}

/// What a cell does that nobody uses.
#[derive(Debug, Serialize)]
pub(super) struct Idle {
    pub(super) seconds: f64,
    pub(super) cpu: f64,
    pub(super) used: StoreUse,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    machine: serde_json::Value,
    bucket: String,
    slowness: String,
    loads: Vec<Measured>,
    idle: Option<Idle>,
}

struct Bench<'a> {
    options: &'a Options,
    binary: PathBuf,
    /// Data folders, emptied for each load.
    folder: PathBuf,
    bucket: PathBuf,
    client: Client,
}

/// A name of its own: two runs on one bucket would take the cell over from each other.
fn bucket(parent: &Path) -> PathBuf {
    parent.join(format!("weir-bench-{}", std::process::id()))
}

pub(super) fn run(options: &Options) -> Result<()> {
    let target = workspace::target_dir()?.join("bench");
    let folder = target.join("object");
    let bucket = bucket(options.bucket.as_deref().unwrap_or(&folder));
    let binary = options.weir_bin.clone();
    let binary = binary.map_or_else(|| build::weir(build::Profile::Release), Ok)?;
    let client = Client {
        binary: tools::load_generator()?,
        core: 1,
        partitions: options.partitions,
        connections: options.connections,
    };
    fs::create_dir_all(&folder)?;
    let mut report = Report {
        machine: machine::describe(&folder)?,
        bucket: bucket.display().to_string(),
        slowness: options.slowness(),
        ..Report::default()
    };
    let bench = Bench { options, binary, folder, bucket, client };
    let path = target.join(format!("object-{}.json", clock::unix_seconds()));
    for rate in bench.rates() {
        report.loads.push(bench.load(rate)?);
        fs::write(&path, serde_json::to_vec_pretty(&report)?)?;
    }
    if options.idle_seconds > 0 {
        report.idle = Some(bench.idle()?);
    }
    fs::write(&path, serde_json::to_vec_pretty(&report)?)?;
    bench.empty()?;
    println!("{}", object_table::tables(&report.loads, report.idle.as_ref()));
    println!("raw: {}", path.display());
    Ok(())
}

impl Bench<'_> {
    /// Bytes per second of each load; the saturated one comes first.
    fn rates(&self) -> Vec<Option<f64>> {
        let saturated = if self.options.saturated_seconds > 0 { Some(None) } else { None };
        let rates = self.options.rate.iter().map(|mb| Some(mb * 1e6));
        saturated.into_iter().chain(rates).collect()
    }

    fn load(&self, rate: Option<f64>) -> Result<Measured> {
        let (weir, mut server) = self.start()?;
        self.client.create_topic(&server.target, TOPIC, &[])?;
        let load = self.produce_load(rate);
        let ready = self.client.produce(&server.target, TOPIC, &load)?;
        let (before, at) = (weir.store_use()?, Snapshot::take(&[server.pid()])?);
        let produced: Produced = ready.go()?;
        machine::sync()?;
        let interval: Interval = Snapshot::take(&[server.pid()])?.since(&at);
        self.prove(&server, &produced)?;
        // A minute later manifests have followed the last segments.
        clock::sleep(self.options.settle());
        let used = weir.store_use()?.since(&before);
        server.stop()?;
        let measured = Measured {
            rate,
            broker_cpu: interval.processes.iter().sum(),
            machine_cpu: interval.busy - produced.cpu_seconds,
            steal: interval.steal,
            produced,
            used,
        };
        println!("{}", object_table::progress(&measured));
        Ok(measured)
    }

    /// Long enough for several compactions.
    fn produce_load(&self, rate: Option<f64>) -> Produce {
        let batch = self.options.batch;
        let seconds = match rate {
            None => self.options.saturated_seconds,
            Some(rate) => {
                let passes = self.options.passes as f64 * PASS_BYTES / rate;
                self.options.seconds.max(passes.ceil() as u64)
            }
        };
        Produce {
            records_per_batch: Cell { batch, load: Load::Saturated }.records_per_batch(),
            rate,
            seconds,
            most_bytes: self.options.max_gb * 1_000_000_000,
            in_flight: rate.is_none().then_some(IN_FLIGHT),
        }
    }

    fn prove(&self, server: &Server, produced: &Produced) -> Result<()> {
        let kept = self.client.end_offsets(&server.target, TOPIC)?;
        let acked = produced.warmed + produced.acked;
        if produced.errors > 0 || kept < acked {
            bail!(
                "{acked} records were acknowledged, {kept} are there, {} failed",
                produced.errors
            );
        }
        Ok(())
    }

    fn idle(&self) -> Result<Idle> {
        let (weir, mut server) = self.start()?;
        self.client.create_topic(&server.target, TOPIC, &[])?;
        let load = Produce { seconds: 5, ..self.produce_load(Some(5e6)) };
        self.client.produce(&server.target, TOPIC, &load)?.go::<Produced>()?;
        clock::sleep(self.options.settle());
        let (before, at) = (weir.store_use()?, Snapshot::take(&[server.pid()])?);
        clock::sleep(Duration::from_secs(self.options.idle_seconds));
        let used = weir.store_use()?.since(&before);
        let interval = Snapshot::take(&[server.pid()])?.since(&at);
        server.stop()?;
        Ok(Idle { seconds: interval.seconds, cpu: interval.processes.iter().sum(), used })
    }

    fn start(&self) -> Result<(Weir, Server)> {
        self.empty()?;
        fs::create_dir_all(&self.bucket)?;
        let home = self.folder.join("home");
        let slowness = self.options.slowness();
        let weir = Weir::on_store(&self.binary, &home, 0, &self.bucket, &slowness)?;
        let server = weir.start()?;
        Ok((weir, server))
    }

    fn empty(&self) -> Result<()> {
        for folder in [&self.folder.join("home"), &self.bucket] {
            remove(folder)?;
        }
        Ok(())
    }
}

impl Drop for Bench<'_> {
    /// However the run ended: a bucket in memory is not left there.
    fn drop(&mut self) {
        if let Err(error) = remove(&self.bucket) {
            eprintln!("xtask: {error:#}");
        }
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    Ok(())
}
