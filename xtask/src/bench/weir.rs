//! `weir up` in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

use super::client::Target;
use super::clock;
use super::server::{self, Server};
use super::store_use::{CellReport, StoreUse};
use crate::command;

const KEYS_LIMIT: Duration = Duration::from_secs(10);
const KEYS_POLL: Duration = Duration::from_millis(20);

/// A data folder from which `weir up` can be started again and again.
pub(super) struct Weir {
    binary: PathBuf,
    folder: PathBuf,
    core: u32,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    ports: [u16; 3],
}

/// What `weir up` leaves for its owner, as far as a client needs it.
#[derive(Deserialize)]
struct Admin {
    kafka_bootstrap: String,
    kafka_api_key: String,
    kafka_api_secret: String,
}

impl Weir {
    pub(super) fn new(binary: &Path, folder: &Path, core: u32, fsync: &str) -> Result<Self> {
        let arguments = vec!["--fsync".to_owned(), fsync.to_owned()];
        Self::with(binary, folder, core, arguments)
    }

    /// One broker on a folder that answers as late as a store far away: median and 99th percentile in
    /// milliseconds, and a seed.
    pub(super) fn on_store(
        binary: &Path,
        folder: &Path,
        core: u32,
        bucket: &Path,
        slowness: &str,
    ) -> Result<Self> {
        let url = format!("file://{}", bucket.display());
        let arguments = ["--brokers", "1", "--store", &url].map(str::to_owned).to_vec();
        let mut weir = Self::with(binary, folder, core, arguments)?;
        weir.environment.push(("WEIR_SIMULATED_STORE", slowness.to_owned()));
        Ok(weir)
    }

    fn with(binary: &Path, folder: &Path, core: u32, arguments: Vec<String>) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            core,
            arguments,
            environment: Vec::new(),
            ports: server::free_ports()?,
        })
    }

    pub(super) fn start(&self) -> Result<Server> {
        let [api, kafka, tls] = self.ports.map(|port| format!("127.0.0.1:{port}"));
        let data = self.data();
        let addresses = ["--api-addr", &api, "--kafka-addr", &kafka, "--kafka-tls-addr", &tls]
            .map(str::to_owned);
        let arguments = [&addresses[..], &self.arguments].concat();
        let mut command = self.at_home(server::pinned(self.core, &self.binary));
        command.arg("up").arg("--data-dir").arg(&data).args(&arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let started = server::start(command, self.ports[1], &self.folder.join("output"))?;
        let mut server = Server::new("Weir", started, self.target(&data)?, &data);
        server.description = json!({
            "name": "Weir",
            "binary": self.binary,
            "arguments": arguments,
        });
        Ok(server)
    }

    /// What its brokers have asked the store for since they started.
    pub(super) fn store_use(&self) -> Result<StoreUse> {
        Ok(StoreUse::sum(self.cell()?.used().into_values()))
    }

    /// Its cell.
    pub(super) fn cell(&self) -> Result<CellReport> {
        let mut command = self.command(&["cell", "describe", "-o", "json"]);
        CellReport::parse(&command::capture(&mut command)?)
    }

    /// Asks for another number of brokers, and does not wait for it.
    pub(super) fn scale(&self, brokers: u32) -> Result<()> {
        let brokers = brokers.to_string();
        let mut command = self.command(&["cell", "scale", &brokers, "--no-wait"]);
        command::capture(&mut command).map(drop)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.at_home(Command::new(&self.binary));
        command.args(arguments).arg("--data-dir").arg(self.data());
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The contexts of the person who runs this stay as they are.
    fn at_home(&self, mut command: Command) -> Command {
        command.env("HOME", &self.folder).env("XDG_CONFIG_HOME", self.folder.join("config"));
        command
    }

    /// Gives all disk space back. The one that runs is ended first: a folder has one owner.
    pub(super) fn restart_empty(&self, running: &mut Server) -> Result<Server> {
        running.stop()?;
        fs::remove_dir_all(&running.data)?;
        self.start()
    }

    /// On the first start the listener answers before the keys are made and written down.
    fn target(&self, data: &Path) -> Result<Target> {
        let path = data.join("admin.json");
        let begin = clock::now();
        while !path.exists() && clock::elapsed(begin) < KEYS_LIMIT {
            clock::sleep(KEYS_POLL);
        }
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let admin: Admin =
            serde_json::from_str(&text).with_context(|| format!("parse {}", path.display()))?;
        Ok(Target {
            bootstrap: admin.kafka_bootstrap,
            properties: vec![
                "x.security.protocol=sasl_plaintext".to_owned(),
                "x.sasl.mechanisms=PLAIN".to_owned(),
                format!("x.sasl.username={}", admin.kafka_api_key),
                format!("x.sasl.password={}", admin.kafka_api_secret),
            ],
        })
    }
}
