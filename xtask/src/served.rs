//! `weir up` in an empty folder, for commands that ask its REST API.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use common_seams::{Clock as _, SystemClock};
use serde::Deserialize;

use crate::http::Client;

const START_LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);

/// A process that ends with its value.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) admin: Admin,
}

/// What `weir up` leaves for its owner.
#[derive(Debug, Deserialize)]
pub(crate) struct Admin {
    pub(crate) api_key: String,
    pub(crate) api_secret: String,
    pub(crate) environment_id: String,
    pub(crate) cluster_id: String,
    pub(crate) kafka_api_key: String,
    pub(crate) kafka_api_secret: String,
}

impl Served {
    /// Starts it on free ports and waits until it is ready. Whatever is in the folder is deleted first.
    pub(crate) fn start(binary: &Path, folder: &Path, arguments: &[String]) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        Self::again(binary, folder, arguments)
    }

    /// The same on what is in the folder.
    pub(crate) fn again(binary: &Path, folder: &Path, arguments: &[String]) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let (data, log) = (folder.join("data"), folder.join("output"));
        let [api, kafka, tls, registry] = free_ports()?;
        let mut command = Command::new(binary);
        command.arg("up").arg("--data-dir").arg(&data).args(arguments);
        for (flag, port) in [
            ("--api-addr", api),
            ("--kafka-addr", kafka),
            ("--kafka-tls-addr", tls),
            ("--registry-addr", registry),
        ] {
            command.arg(flag).arg(format!("127.0.0.1:{port}"));
        }
        // The contexts of the person who runs this stay as they are.
        command.env("HOME", folder).env("XDG_CONFIG_HOME", folder.join("config"));
        let output = File::create(&log).with_context(|| format!("make {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let child = command.spawn().with_context(|| format!("start {command:?}"))?;
        let address = SocketAddr::from(([127, 0, 0, 1], api));
        let mut starting = Starting(Some(child));
        starting.wait(address, &data, &log)?;
        let admin = fs::read_to_string(data.join("admin.json"))?;
        let admin = serde_json::from_str(&admin).context("parse admin.json")?;
        let child = starting.0.take().context("the process is gone")?;
        Ok(Self { child, address, admin })
    }

    /// A connection with the key of the owner.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address, &self.admin.api_key, &self.admin.api_secret)
    }

    /// A connection with the key of the first cluster.
    pub(crate) fn kafka_client(&self) -> Client {
        Client::new(self.address, &self.admin.kafka_api_key, &self.admin.kafka_api_secret)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// A process that may not get ready, and then ends.
struct Starting(Option<Child>);

impl Starting {
    fn wait(&mut self, address: SocketAddr, data: &Path, log: &Path) -> Result<()> {
        let begin = SystemClock.mono();
        let mut client = Client::new(address, "", "");
        loop {
            let is_ready = data.join("admin.json").exists()
                && client
                    .call("GET", "/readyz", &[], None)
                    .is_ok_and(|answer| answer.status == 200);
            if is_ready {
                return Ok(());
            }
            let child = self.0.as_mut().context("the process is gone")?;
            if let Some(status) = child.try_wait()? {
                bail!("weir ended before it was ready ({status}); its output is {}", log.display());
            }
            if SystemClock.mono().saturating_sub(begin) > START_LIMIT {
                bail!("not ready in {} s; the output is {}", START_LIMIT.as_secs(), log.display());
            }
            pause();
        }
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            end(child);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "polls a process that gives no signal to wait for")]
fn pause() {
    std::thread::sleep(POLL);
}

/// A process that has already ended is as good as one that was killed.
fn end(child: &mut Child) {
    drop(child.kill());
    drop(child.wait());
}

/// Ports that were free a moment ago. All are held at once, so they differ.
fn free_ports() -> Result<[u16; 4]> {
    let mut ports = [0; 4];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}
