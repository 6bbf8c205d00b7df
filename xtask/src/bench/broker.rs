//! `cargo xtask bench broker`: from nothing to the tables.

use std::cell::{Cell as Counter, RefCell};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::block::Blocks;
use super::client::Client;
use super::kafka::Kafka;
use super::machine::{self, Ballast};
use super::options::Options;
use super::report::Report;
use super::server::Server;
use super::session::{self, Plan, Subject};
use super::weir::Weir;
use super::{table, tools};
use crate::{build, workspace};

/// Above this a broker that keeps what was deleted is started again on an empty folder.
const MOST_DISK: u64 = 12_000_000_000;

pub(super) fn run(options: &Options) -> Result<()> {
    let folder = workspace::target_dir()?.join("bench/run");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let binary = if options.self_check { None } else { Some(weir_binary(options)?) };
    if options.self_check {
        println!("self-check: what the tables call Weir is a second Kafka");
    }
    let blocks = blocks(options, &folder)?;
    let mut report = Report::new(options, machine::describe(&folder)?);
    let kafka = Kafka::format(&folder.join("kafka"), options.broker_core())?;
    let (mut kafka_server, starts) = timed_starts(options, || kafka.start("Kafka"))?;
    report.brokers.push(kafka_server.description.clone());
    report.kafka_starts = starts;
    println!("warming Kafka for {} s", options.warm_seconds());
    report.warming = session::warm(&blocks, &kafka_server, &options.batch, options.warm_seconds())?;
    println!("  MB/s: {:?}", report.warming);
    for fsync in &options.fsync {
        kafka_server.topic_configs = topic_configs(fsync);
        let mut compared = Compared::start(options, binary.as_deref(), &folder, fsync)?;
        report.brokers.push(compared.server.description.clone());
        report.subject_starts.extend(compared.starts.clone());
        compared.server.topic_configs = compared.topic_configs(fsync);
        session::warm(&blocks, &compared.server, &options.batch, compared.warm_seconds(options))?;
        println!("fsync {fsync}");
        let plan = Plan {
            blocks: &blocks,
            fsync,
            batches: &options.batch,
            pairs: options.pairs(),
            broker_core: options.broker_core(),
        };
        let session = plan.run(&mut compared, &kafka_server)?;
        println!("{}", table::session(&session));
        report.sessions.push(session);
        // Written after each pairing: a long run that is cut short leaves what it has.
        report.write()?;
        compared.server.stop()?;
    }
    println!("{}", table::footprint(&report));
    println!("raw samples: {}", report.write()?.display());
    kafka_server.stop()?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn weir_binary(options: &Options) -> Result<PathBuf> {
    options.weir_bin.clone().map_or_else(|| build::weir(build::Profile::Release), Ok)
}

fn blocks(options: &Options, folder: &Path) -> Result<Blocks> {
    let ballast = if options.quick { Ballast::none() } else { Ballast::new(folder)? };
    Ok(Blocks {
        client: Client {
            binary: tools::load_generator()?,
            core: options.client_core(),
            partitions: options.partitions,
            connections: options.connections,
        },
        seconds: options.seconds(),
        most_bytes: options.max_gb * 1_000_000_000,
        made: Counter::new(0),
        ballast: RefCell::new(ballast),
    })
}

/// What makes Kafka as durable as Weir is in the pairing.
fn topic_configs(fsync: &str) -> Vec<String> {
    if fsync == "always" { vec!["c.flush.messages=1".to_owned()] } else { Vec::new() }
}

/// Starts once to make the folder, then again after a clean stop: what people wait for every day.
fn timed_starts(
    options: &Options,
    start: impl Fn() -> Result<Server>,
) -> Result<(Server, Vec<f64>)> {
    let mut server = start()?;
    let mut starts = Vec::new();
    for _ in 0..if options.quick { 1 } else { 3 } {
        server.stop()?;
        server = start()?;
        starts.push(server.start_seconds);
    }
    Ok((server, starts))
}

/// What stands against Kafka.
enum Kind {
    Weir(Weir),
    /// The self-check; cold like any fresh JVM, so it is warmed as well.
    Kafka,
}

struct Compared {
    kind: Kind,
    server: Server,
    starts: Vec<f64>,
}

impl Compared {
    fn start(options: &Options, binary: Option<&Path>, folder: &Path, fsync: &str) -> Result<Self> {
        let folder = folder.join(format!("subject-{fsync}"));
        let core = options.broker_core();
        let Some(binary) = binary else {
            let kafka = Kafka::format(&folder, core)?;
            let (server, starts) = timed_starts(options, || kafka.start("again"))?;
            return Ok(Self { kind: Kind::Kafka, server, starts });
        };
        let weir = Weir::new(binary, &folder, core, fsync)?;
        let (server, starts) = timed_starts(options, || weir.start())?;
        Ok(Self { kind: Kind::Weir(weir), server, starts })
    }

    fn topic_configs(&self, fsync: &str) -> Vec<String> {
        match self.kind {
            Kind::Weir(_) => Vec::new(),
            Kind::Kafka => topic_configs(fsync),
        }
    }

    fn warm_seconds(&self, options: &Options) -> u64 {
        match self.kind {
            Kind::Weir(_) => 0,
            Kind::Kafka => options.warm_seconds(),
        }
    }
}

impl Subject for Compared {
    fn server(&self) -> &Server {
        &self.server
    }

    fn bound_disk(&mut self) -> Result<()> {
        let Kind::Weir(weir) = &self.kind else { return Ok(()) };
        let used = machine::disk_use(&self.server.data)?;
        if used < MOST_DISK {
            return Ok(());
        }
        println!(
            "  Weir keeps {:.1} GB after deletes: starting on an empty folder",
            used as f64 / 1e9
        );
        self.server = weir.restart_empty(&mut self.server)?;
        Ok(())
    }
}
