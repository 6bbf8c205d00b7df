//! `weir up` in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

use super::client::Target;
use super::clock;
use super::server::{self, Server};

const KEYS_LIMIT: Duration = Duration::from_secs(10);
const KEYS_POLL: Duration = Duration::from_millis(20);

/// A data folder from which `weir up` can be started again and again.
pub(super) struct Weir {
    binary: PathBuf,
    folder: PathBuf,
    core: u32,
    fsync: String,
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
        fs::create_dir_all(folder)?;
        Ok(Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            core,
            fsync: fsync.to_owned(),
            ports: server::free_ports()?,
        })
    }

    pub(super) fn start(&self) -> Result<Server> {
        let [api, kafka, tls] = self.ports.map(|port| format!("127.0.0.1:{port}"));
        let data = self.folder.join("data");
        let arguments = [
            "--api-addr",
            &api,
            "--kafka-addr",
            &kafka,
            "--kafka-tls-addr",
            &tls,
            "--fsync",
            &self.fsync,
        ];
        let mut command = server::pinned(self.core, &self.binary);
        command.arg("up").arg("--data-dir").arg(&data).args(arguments);
        // The contexts of the person who runs this stay as they are.
        command.env("HOME", &self.folder).env("XDG_CONFIG_HOME", self.folder.join("config"));
        let started = server::start(command, self.ports[1], &self.folder.join("output"))?;
        let mut server = Server::new("Weir", started, self.target(&data)?, &data);
        server.description = json!({
            "name": "Weir",
            "binary": self.binary,
            "arguments": arguments,
        });
        Ok(server)
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
