//! Everything a run found, as JSON under the target folder.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

use super::options::Options;
use super::session::Session;
use super::{clock, tools};
use crate::workspace;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Value,
    pub(super) load: Value,
    pub(super) brokers: Vec<Value>,
    /// Seconds from the start of the process to the first answer, after a clean stop.
    pub(super) kafka_starts: Vec<f64>,
    pub(super) subject_starts: Vec<f64>,
    /// Kafka's MB/s, block by block, while it was warmed.
    pub(super) warming: Vec<f64>,
    pub(super) sessions: Vec<Session>,
    #[serde(skip)]
    path: PathBuf,
}

impl Report {
    pub(super) fn new(options: &Options, machine: Value) -> Self {
        let load = json!({
            "librdkafka": tools::LIBRDKAFKA_VERSION,
            "record_bytes": super::cells::RECORD,
            "partitions": options.partitions,
            "connections": options.connections,
            "seconds": options.seconds(),
            "pairs": options.pairs(),
            "broker_core": options.broker_core(),
            "client_core": options.client_core(),
        });
        Self {
            machine,
            load,
            brokers: Vec::new(),
            kafka_starts: Vec::new(),
            subject_starts: Vec::new(),
            warming: Vec::new(),
            sessions: Vec::new(),
            path: PathBuf::from(format!("bench/broker-{}.json", clock::unix_seconds())),
        }
    }

    pub(super) fn write(&self) -> Result<PathBuf> {
        let path = workspace::target_dir()?.join(&self.path);
        fs::write(&path, serde_json::to_vec_pretty(self)?)?;
        Ok(path)
    }
}
