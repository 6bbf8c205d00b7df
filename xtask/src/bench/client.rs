//! The load generator as a program that is told when to start.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cells::RECORD;
use crate::command;

/// The binary, pinned to its core.
pub(super) struct Client {
    pub(super) binary: PathBuf,
    pub(super) core: u32,
    pub(super) partitions: u32,
    pub(super) connections: u32,
}

/// How a broker is reached.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) bootstrap: String,
    /// librdkafka's properties, as `x.NAME=value`.
    pub(super) properties: Vec<String>,
}

/// What one produce run sends.
pub(super) struct Produce {
    pub(super) records_per_batch: u64,
    /// Bytes per second; none is saturated.
    pub(super) rate: Option<f64>,
    pub(super) seconds: u64,
    pub(super) most_bytes: u64,
    /// Requests that a connection may have on their way; none is librdkafka's choice with idempotence, five.
    pub(super) in_flight: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Latency {
    pub(super) p50_us: f64,
    pub(super) p90_us: f64,
    pub(super) p99_us: f64,
    pub(super) p999_us: f64,
    pub(super) max_us: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Produced {
    pub(super) sent: u64,
    pub(super) warmed: u64,
    pub(super) acked: u64,
    pub(super) errors: u64,
    pub(super) bytes: f64,
    pub(super) seconds: f64,
    /// Longer than asked for when the rate could not be held.
    pub(super) driven_seconds: f64,
    pub(super) cpu_seconds: f64,
    /// From the moment a record was due to its answer.
    pub(super) record_latency: Latency,
    /// The same for the record that completes its batch: no wait for the rest of it.
    pub(super) batch_latency: Latency,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Consumed {
    pub(super) records: u64,
    pub(super) bytes: f64,
    pub(super) errors: u64,
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
}

#[derive(Deserialize)]
struct Ends {
    end_offsets: u64,
}

#[derive(Deserialize)]
struct Port {
    port: u16,
}

/// A generator that has its connections and waits for the word.
pub(super) struct Ready {
    child: Child,
    output: BufReader<ChildStdout>,
    line: String,
}

/// A null broker; ends with the value.
pub(super) struct Sink {
    child: Child,
    pub(super) target: Target,
}

impl Client {
    pub(super) fn create_topic(&self, to: &Target, topic: &str, configs: &[String]) -> Result<()> {
        let mut command = self.command("create", to, topic);
        command::capture(command.args(configs)).map(drop)
    }

    pub(super) fn delete_topic(&self, to: &Target, topic: &str) -> Result<()> {
        command::capture(&mut self.command("delete", to, topic)).map(drop)
    }

    /// The sum of the end offsets of all partitions.
    pub(super) fn end_offsets(&self, to: &Target, topic: &str) -> Result<u64> {
        let text = command::capture(&mut self.command("ends", to, topic))?;
        Ok(serde_json::from_str::<Ends>(&text)?.end_offsets)
    }

    pub(super) fn produce(&self, to: &Target, topic: &str, load: &Produce) -> Result<Ready> {
        let batch_bytes = load.records_per_batch * RECORD;
        let mut command = self.command("produce", to, topic);
        command.arg(format!("size={RECORD}"));
        command.arg(format!("batch={}", load.records_per_batch));
        command.arg(format!("seconds={}", load.seconds));
        command.arg(format!("rate={:.0}", load.rate.map_or(0.0, |rate| rate / RECORD as f64)));
        command.arg(format!("most={}", load.most_bytes / RECORD));
        // Batches are always full, so linger never ends one; a short queue stays in the client's cache.
        command.arg("linger=1000");
        let batches = load.in_flight.map_or(8, |requests| requests + 8);
        command.arg(format!("queue_kib={}", (batch_bytes * batches / 1024).max(1024)));
        if let Some(requests) = load.in_flight {
            command.arg("idempotence=false");
            command.arg(format!("x.max.in.flight.requests.per.connection={requests}"));
        }
        Ready::start(command)
    }

    pub(super) fn consume(&self, from: &Target, topic: &str, records: u64) -> Result<Ready> {
        let mut command = self.command("consume", from, topic);
        command.arg(format!("records={records}"));
        Ready::start(command)
    }

    pub(super) fn sink(&self, core: u32, records_per_batch: u64) -> Result<Sink> {
        let mut command = Command::new("taskset");
        command.args(["-c", &core.to_string()]).arg(&self.binary).arg("sink");
        command.arg(format!("partitions={}", self.partitions));
        command.arg(format!("size={RECORD}")).arg(format!("batch={records_per_batch}"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("the sink has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let Port { port } = serde_json::from_str(&line).context("the null broker did not start")?;
        let target = Target { bootstrap: format!("127.0.0.1:{port}"), properties: Vec::new() };
        Ok(Sink { child, target })
    }

    fn command(&self, what: &str, to: &Target, topic: &str) -> Command {
        let mut command = Command::new("taskset");
        command.args(["-c", &self.core.to_string()]).arg(&self.binary).arg(what);
        command.arg(format!("bootstrap={}", to.bootstrap)).args(&to.properties);
        command.arg(format!("topic={topic}")).arg(format!("partitions={}", self.partitions));
        command.arg(format!("connections={}", self.connections));
        command
    }
}

impl Ready {
    fn start(mut command: Command) -> Result<Self> {
        let line = command::text(&command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(child.stdout.take().context("the generator has no output")?);
        let mut ready = Self { child, output, line };
        let said = ready.read_line()?;
        if said.trim() != "READY" {
            bail!("`{}` did not get ready", ready.line);
        }
        Ok(ready)
    }

    /// Starts the load and returns when it has its result.
    pub(super) fn go<T: DeserializeOwned>(mut self) -> Result<T> {
        let mut input = self.child.stdin.take().context("the generator has no input")?;
        input.write_all(b"GO\n")?;
        let result = self.read_line()?;
        serde_json::from_str(&result).with_context(|| format!("`{}` gave no result", self.line))
    }

    fn read_line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// A process that has already ended is as good as one that was killed.
fn end(child: &mut Child) {
    drop(child.kill());
    drop(child.wait());
}
