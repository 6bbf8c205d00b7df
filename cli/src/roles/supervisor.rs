//! Keeps the brokers beside the first one running, as many as are wanted.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::background_bytes::BackgroundBytes;
use super::broker_folder::{self, BrokerFolder, IDS_MAX};
use super::up::Settings;
use crate::error::CliError;
use crate::files;

/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(100);
/// A broker that ends by itself is started again after so many looks.
const RESTART_LOOKS: u32 = 5;
/// How long brokers may take to stop.
const STOP_MAX: Duration = Duration::from_secs(15);

/// The brokers that this process started or found. They outlive it when it is killed.
#[derive(Debug)]
pub(super) struct Supervisor {
    folder: PathBuf,
    cache_bytes: usize,
    background_bytes: BackgroundBytes,
    /// Those it started, with their ids.
    children: Vec<(i32, Child)>,
    /// Looks since a broker was last started, by id.
    looks: std::collections::HashMap<i32, u32>,
    /// Whether none of them is there.
    none_left: watch::Sender<bool>,
}

impl Supervisor {
    pub(super) fn new(folder: &Path, settings: &Settings) -> Result<Self, CliError> {
        // A killed predecessor may have left more of them than are wanted now.
        let mut looks = std::collections::HashMap::new();
        for id in 2..=IDS_MAX {
            if BrokerFolder::of(folder, id).pid()?.is_some() {
                looks.insert(id, 0);
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            cache_bytes: settings.cache_bytes,
            background_bytes: settings.background_bytes,
            children: Vec::new(),
            looks,
            none_left: watch::Sender::new(false),
        })
    }

    /// Tells when the last of them has ended.
    pub(super) fn none_left(&self) -> watch::Receiver<bool> {
        self.none_left.subscribe()
    }

    /// Runs until cancelled, then stops the brokers.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_some() {
            if let Err(error) = self.look() {
                tracing::error!(%error, "the brokers of this cell are not all as wanted");
            }
        }
        self.stop_all().await;
    }

    fn look(&mut self) -> Result<(), CliError> {
        // Those that ended are waited for, so that no dead process stays in the table.
        self.forget_ended();
        let wanted = broker_folder::wanted(&self.folder)?.unwrap_or(1);
        let wanted = i32::try_from(wanted).unwrap_or(IDS_MAX).min(IDS_MAX);
        for id in 2..=IDS_MAX {
            let place = BrokerFolder::of(&self.folder, id);
            let pid =
                if id <= wanted || self.looks.contains_key(&id) { place.pid()? } else { None };
            match pid {
                None if id <= wanted => {
                    let looks = self.looks.entry(id).or_insert(RESTART_LOOKS);
                    *looks += 1;
                    if *looks > RESTART_LOOKS {
                        *looks = 0;
                        self.start(id, &place)?;
                    }
                }
                Some(pid) if id > wanted => {
                    // It hands its groups over first, so once is enough; twice does no harm.
                    let _ = kill_process(pid, Signal::TERM);
                }
                Some(_) => {
                    self.looks.entry(id).or_insert(0);
                }
                // Who was just started has no lock yet: forgotten now, it would run for ever.
                None if self.children.iter().any(|(child, _)| *child == id) => {}
                None => {
                    self.looks.remove(&id);
                }
            }
        }
        let none_left = self.looks.is_empty() && self.children.is_empty();
        self.none_left.send_if_modified(|was| std::mem::replace(was, none_left) != none_left);
        Ok(())
    }

    fn start(&mut self, id: i32, place: &BrokerFolder) -> Result<(), CliError> {
        let failed = |e: &std::io::Error| files::io_error("start a broker of", &self.folder, e);
        let program = std::env::current_exe().map_err(|e| failed(&e))?;
        let log = place.log()?;
        let copy = log.try_clone().map_err(|e| failed(&e))?;
        let child = Command::new(program)
            .arg("broker")
            .arg("--data-dir")
            .arg(&self.folder)
            .args(["--id", &id.to_string(), "--cache-bytes", &self.cache_bytes.to_string()])
            .args(["--background-bytes", &self.background_bytes.to_string()])
            // The store is the control plane's: a broker never opens it.
            .env_remove(super::database::VARIABLE)
            .env_remove("PGPASSWORD")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(copy)
            .spawn()
            .map_err(|e| failed(&e))?;
        tracing::info!(id, pid = child.id(), "started a broker");
        self.children.push((id, child));
        Ok(())
    }

    fn forget_ended(&mut self) {
        self.children.retain_mut(|(_, child)| matches!(child.try_wait(), Ok(None)));
    }

    async fn stop_all(mut self) {
        let gone = async {
            loop {
                self.forget_ended();
                let locked = (2..=IDS_MAX).map(|id| BrokerFolder::of(&self.folder, id).pid());
                let mut running: Vec<Pid> = locked.filter_map(|pid| pid.ok().flatten()).collect();
                running.extend(self.children.iter().map(|(_, child)| Pid::from_child(child)));
                if running.is_empty() {
                    return;
                }
                for pid in running {
                    // It may have ended in between; twice does no harm.
                    let _ = kill_process(pid, Signal::TERM);
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        if tokio::time::timeout(STOP_MAX, gone).await.is_err() {
            tracing::warn!("a broker takes long to stop and is left alone");
        }
    }
}
