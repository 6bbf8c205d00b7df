//! `cargo xtask bench moves`: leaders move, data does not. Brokers come and go on topics of several sizes,
//! and what the store is asked for meanwhile is counted.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};

use super::cells::{Cell, Load};
use super::client::{Client, Produce, Produced};
use super::server::Server;
use super::store_use::StoreUse;
use super::weir::Weir;
use super::{clock, stats, swell, tools};
use crate::{build, workspace};

const TOPIC: &str = "bench";
const BATCH: u64 = 64 << 10;
/// Requests on their way per connection while a topic is filled.
const IN_FLIGHT: u64 = 32;
/// What is in segments stays; a minute after the last record nothing is written any more.
const SETTLE: Duration = Duration::from_secs(65);
const POLL: Duration = Duration::from_millis(50);
/// What new leaders compact of what only a log had, they do within this time after a move.
const AFTERWARDS: Duration = Duration::from_secs(15);
const LIMIT: Duration = Duration::from_secs(120);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Sizes of topics that are written, in GB
    #[arg(long, value_delimiter = ',', default_values_t = [0.1, 1.0, 4.0])]
    gb: Vec<f64>,

    /// Sizes of topics that have manifests alone, in TB
    #[arg(long, value_delimiter = ',', default_values_t = [10.0])]
    synthetic_tb: Vec<f64>,

    /// How often brokers come and go
    #[arg(long, default_value_t = 3)]
    rounds: usize,

    /// Brokers that there are in between
    #[arg(long, default_value_t = 3)]
    brokers: u32,

    /// The store's slowness: median and 99th percentile in milliseconds, and a seed
    #[arg(long, default_value = "30,150,1")]
    slowness: String,

    /// Partitions of a topic
    #[arg(long, default_value_t = 64)]
    partitions: u32,

    /// The binary to measure; built in the release profile when it is not given
    #[arg(long, env = "WEIR_BIN")]
    weir_bin: Option<PathBuf>,
}

struct Bench<'a> {
    options: &'a Options,
    binary: PathBuf,
    folder: PathBuf,
    client: Client,
}

/// Brokers came or went.
struct Moved {
    seconds: f64,
    /// Until all was balanced.
    meanwhile: StoreUse,
    afterwards: StoreUse,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = workspace::target_dir()?.join("bench/moves");
    let binary = options.weir_bin.clone();
    let binary = binary.map_or_else(|| build::weir(build::Profile::Release), Ok)?;
    let client = Client {
        binary: tools::load_generator()?,
        core: 1,
        partitions: options.partitions,
        connections: 4,
    };
    let bench = Bench { options, binary, folder, client };
    println!(
        "|topic|brokers|seconds, median (all)|data requests|all requests|bytes up|data requests in the {} s behind|",
        AFTERWARDS.as_secs()
    );
    println!("|---|---|---|---|---|---|---|");
    for gb in &options.gb {
        bench.one(&format!("{gb} GB"), |weir, server| bench.fill(weir, server, *gb))?;
    }
    for tb in &options.synthetic_tb {
        bench.one(&format!("{tb} TB, manifests"), |weir, server| bench.swell(weir, server, *tb))?;
    }
    remove(&bench.folder)
}

impl Bench<'_> {
    /// One topic, and all its moves.
    fn one(&self, name: &str, make: impl FnOnce(&Weir, Server) -> Result<Server>) -> Result<()> {
        remove(&self.folder)?;
        let bucket = self.bucket();
        fs::create_dir_all(&bucket)?;
        let home = self.folder.join("home");
        let weir = Weir::on_store(&self.binary, &home, 0, &bucket, &self.options.slowness)?;
        let server = weir.start()?;
        self.client.create_topic(&server.target, TOPIC, &[])?;
        let mut server = make(&weir, server)?;
        let many = self.options.brokers;
        let (mut out, mut back) = (Vec::new(), Vec::new());
        for _ in 0..self.options.rounds {
            out.push(scale(&weir, many)?);
            back.push(scale(&weir, 1)?);
        }
        for (moves, way) in [(&out, format!("1 to {many}")), (&back, format!("{many} to 1"))] {
            println!("{}", line(name, &way, moves));
        }
        server.stop()
    }

    fn fill(&self, _: &Weir, server: Server, gb: f64) -> Result<Server> {
        let load = Produce {
            records_per_batch: Cell { batch: BATCH, load: Load::Saturated }.records_per_batch(),
            rate: None,
            seconds: 3600,
            most_bytes: (gb * 1e9) as u64,
            in_flight: Some(IN_FLIGHT),
        };
        let produced: Produced = self.client.produce(&server.target, TOPIC, &load)?.go()?;
        if produced.errors > 0 {
            bail!("{} records were not acknowledged", produced.errors);
        }
        clock::sleep(SETTLE);
        Ok(server)
    }

    /// As `fill`, but only manifests are written, while nobody runs.
    fn swell(&self, weir: &Weir, mut server: Server, tb: f64) -> Result<Server> {
        server.stop()?;
        swell::swell(&self.bucket(), TOPIC, (tb * 1e12) as u64)?;
        weir.start()
    }

    fn bucket(&self) -> PathBuf {
        self.folder.join("bucket")
    }
}

/// From the command to balanced, and a little longer to see what follows.
fn scale(weir: &Weir, brokers: u32) -> Result<Moved> {
    let mut seen = weir.cell()?.used();
    let before = StoreUse::sum(seen.values().cloned());
    let begin = clock::now();
    weir.scale(brokers)?;
    loop {
        let cell = weir.cell()?;
        // What a broker has asked for that is gone meanwhile stays counted.
        seen.extend(cell.used());
        if cell.is_balanced(brokers as usize) {
            break;
        }
        if clock::elapsed(begin) > LIMIT {
            bail!("not balanced over {brokers} brokers within {} s", LIMIT.as_secs());
        }
        clock::sleep(POLL);
    }
    let seconds = clock::elapsed(begin).as_secs_f64();
    // A beat brings the last counts.
    clock::sleep(Duration::from_secs(1));
    seen.extend(weir.cell()?.used());
    let balanced = StoreUse::sum(seen.values().cloned());
    clock::sleep(AFTERWARDS);
    seen.extend(weir.cell()?.used());
    let after = StoreUse::sum(seen.into_values());
    Ok(Moved { seconds, meanwhile: balanced.since(&before), afterwards: after.since(&balanced) })
}

/// Requests about records: slots and segments. A look whether a slot is there reads none.
fn data_requests(used: &StoreUse) -> BTreeMap<&str, u64> {
    let is_data = |kind: &str| kind.ends_with(" wal") || kind.ends_with(" seg");
    let data = used
        .counts
        .iter()
        .filter(|(kind, count)| is_data(kind) && (count.bytes_up > 0 || count.bytes_down > 0));
    data.map(|(kind, count)| (&**kind, count.requests)).collect()
}

fn line(name: &str, way: &str, moves: &[Moved]) -> String {
    let seconds: Vec<f64> = moves.iter().map(|m| m.seconds).collect();
    let all: Vec<String> = seconds.iter().map(|s| format!("{s:.2}")).collect();
    let show = |pick: fn(&Moved) -> &StoreUse| {
        let sum = StoreUse::sum(moves.iter().map(|m| pick(m).clone()));
        let data = data_requests(&sum);
        let data: Vec<String> = data.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
        let requests: u64 = sum.counts.values().map(|c| c.requests).sum();
        let up: u64 = sum.counts.values().map(|c| c.bytes_up).sum();
        (if data.is_empty() { "none".to_owned() } else { data.join(", ") }, requests, up)
    };
    let (data, requests, up) = show(|m| &m.meanwhile);
    let (later, ..) = show(|m| &m.afterwards);
    let rounds = moves.len().max(1) as u64;
    format!(
        "|{name}|{way}|{:.2} ({})|{data}|{}|{:.1} MB|{later}|",
        stats::quantile(&seconds, 0.5),
        all.join(", "),
        requests / rounds,
        up as f64 / rounds as f64 / 1e6,
    )
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}
