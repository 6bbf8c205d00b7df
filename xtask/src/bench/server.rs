//! A broker under measurement: a child process on its core, with the time it took to answer.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::client::Target;
use super::clock;

const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(2);

/// An ApiVersions request, version 0: the first thing every client asks.
const API_VERSIONS: &[u8] = b"\x00\x00\x00\x0d\x00\x12\x00\x00\x00\x00\x00\x01\x00\x03run";

pub(super) struct Server {
    pub(super) name: &'static str,
    pub(super) target: Target,
    /// Configurations of a topic of this broker, as `c.NAME=value`.
    pub(super) topic_configs: Vec<String>,
    pub(super) data: PathBuf,
    /// What a reader needs to set up the same.
    pub(super) description: Value,
    /// From the start of the process to its first answer to a client.
    pub(super) start_seconds: f64,
    process: Process,
}

/// A child that never outlives its value.
pub(super) struct Process(Child);

impl Server {
    pub(super) fn new(name: &'static str, started: Started, target: Target, data: &Path) -> Self {
        Self {
            name,
            target,
            topic_configs: Vec::new(),
            data: data.to_owned(),
            description: Value::Null,
            start_seconds: started.seconds,
            process: started.process,
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// Asks the process to end and waits for it, so that the next start is one after a clean stop.
    pub(super) fn stop(&mut self) -> Result<()> {
        let pid = self.pid().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().context("start `kill`")?;
        let asked = clock::now();
        while self.process.0.try_wait()?.is_none() {
            if clock::elapsed(asked) > STOP_LIMIT {
                bail!("{} did not stop in {} s", self.name, STOP_LIMIT.as_secs());
            }
            clock::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has already ended is as good as one that was killed.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A process that answers.
pub(super) struct Started {
    process: Process,
    seconds: f64,
}

/// Starts a broker with its output in `log` and waits until it answers on `port`.
pub(super) fn start(mut command: Command, port: u16, log: &Path) -> Result<Started> {
    let output = File::create(log).with_context(|| format!("make {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let begin = clock::now();
    let child = command.spawn().with_context(|| format!("start {command:?}"))?;
    let mut process = Process(child);
    while !answers(port) {
        if let Some(status) = process.0.try_wait()? {
            bail!("a broker ended before it answered ({status}); its output is {}", log.display());
        }
        if clock::elapsed(begin) > START_LIMIT {
            bail!("no answer in {} s; the output is {}", START_LIMIT.as_secs(), log.display());
        }
        clock::sleep(POLL);
    }
    Ok(Started { process, seconds: clock::elapsed(begin).as_secs_f64() })
}

fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<()> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(API_VERSIONS)?;
        stream.read_exact(&mut [0; 8])
    };
    ask().is_ok()
}

/// A command that runs on one core.
pub(super) fn pinned(core: u32, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

/// Ports that were free a moment ago. All are held at once, so they differ.
pub(super) fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_length_matches_its_prefix() {
        assert_eq!(usize::from(API_VERSIONS[3]), API_VERSIONS.len() - 4);
    }

    #[test]
    fn free_ports_differ() {
        let [a, b, c] = free_ports().unwrap();
        assert!(a != b && b != c && a != c);
    }
}
