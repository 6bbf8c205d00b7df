//! What the brokers beside the first one have in the data folder: a lock, their ports, a log.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::process::Pid;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::address::{Asked, Bound};
use crate::error::CliError;
use crate::files;

const FOLDER: &str = "brokers";
const LOCK: &str = "lock";
const PORTS: &str = "ports.json";
const LOG: &str = "broker.log";
const COUNT: &str = "count";
const FLAG: &str = "flag";
const CELL: &str = "cell";
/// Highest number of a broker.
pub(super) const IDS_MAX: i32 = 64;

/// The ports of a broker; it takes them again when it starts again.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Ports {
    kafka: u16,
    kafka_tls: u16,
    peer: u16,
}

/// The sockets of a broker.
pub(super) struct BrokerSockets {
    pub(super) kafka: Bound,
    pub(super) kafka_tls: Bound,
    pub(super) peer: Bound,
}

/// The place of one broker in the data folder.
#[derive(Debug, Clone)]
pub(super) struct BrokerFolder(PathBuf);

impl BrokerFolder {
    pub(super) fn of(data: &Path, id: i32) -> Self {
        Self(data.join(FOLDER).join(id.to_string()))
    }

    /// Takes the place. None: a process has it.
    pub(super) fn take(&self) -> Result<Option<File>, CliError> {
        files::make_private_folder(&self.0)?;
        let path = self.0.join(LOCK);
        let failed = |e: std::io::Error| files::io_error("lock", &path, &e);
        let mut file = open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Some(file))
    }

    /// The process that has the place.
    pub(super) fn pid(&self) -> Result<Option<Pid>, CliError> {
        let path = self.0.join(LOCK);
        let Some(content) = files::read(&path)? else { return Ok(None) };
        let file = File::open(&path).map_err(|e| files::io_error("open", &path, &e))?;
        match file.try_lock_shared() {
            Ok(()) => return Ok(None),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(e)) => return Err(files::io_error("lock", &path, &e)),
        }
        let text = String::from_utf8_lossy(&content);
        Ok(text.trim().parse().ok().and_then(Pid::from_raw))
    }

    /// Where the brokers of a cell answer each other.
    pub(super) fn peers(data: &Path) -> Result<Vec<String>, CliError> {
        let mut peers = Vec::new();
        for id in 1..=IDS_MAX {
            let content = files::read(&Self::of(data, id).0.join(PORTS))?;
            let ports = content.and_then(|c| serde_json::from_slice::<Ports>(&c).ok());
            peers.extend(ports.map(|p| format!("127.0.0.1:{}", p.peer)));
        }
        Ok(peers)
    }

    pub(super) fn log(&self) -> Result<File, CliError> {
        files::make_private_folder(&self.0)?;
        let path = self.0.join(LOG);
        open(&path).map_err(|e| files::io_error("open", &path, &e))
    }

    /// Listens where the broker listened before, if that is free.
    pub(super) fn bind(&self) -> Result<BrokerSockets, CliError> {
        files::make_private_folder(&self.0)?;
        let path = self.0.join(PORTS);
        let before = files::read(&path)?.and_then(|content| serde_json::from_slice(&content).ok());
        let before: Ports = before.unwrap_or_default();
        let bind = |flag, default_port| Asked { flag, named: None, default_port }.bind();
        let sockets = BrokerSockets {
            kafka: bind("--kafka-addr", before.kafka)?,
            kafka_tls: bind("--kafka-tls-addr", before.kafka_tls)?,
            peer: bind("--peer-addr", before.peer)?,
        };
        let ports = Ports {
            kafka: sockets.kafka.address.port(),
            kafka_tls: sockets.kafka_tls.address.port(),
            peer: sockets.peer.address.port(),
        };
        let text = serde_json::to_vec(&ports)
            .map_err(|e| CliError::internal("broker.ports", e.to_string()))?;
        files::write_atomically(&path, &text, files::PUBLIC)?;
        Ok(sockets)
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true).mode(files::PRIVATE).open(path)
}

/// The cell whose brokers the folder has.
pub(super) fn cell(data: &Path) -> Result<Option<Uuid>, CliError> {
    let content = files::read(&data.join(FOLDER).join(CELL))?;
    Ok(content.and_then(|c| String::from_utf8_lossy(&c).trim().parse().ok()))
}

/// Remembers which cell it is.
pub(super) fn remember_cell(data: &Path, cell: Uuid) -> Result<(), CliError> {
    let path = data.join(FOLDER).join(CELL);
    files::write_atomically(&path, format!("{cell}\n").as_bytes(), files::PUBLIC)
}

/// How many brokers the folder's cell is to have, if it has several.
pub(super) fn wanted(data: &Path) -> Result<Option<u32>, CliError> {
    read_number(data, COUNT)
}

/// Asks for a number of brokers. A running `weir up` acts on it at once.
pub(crate) fn want(data: &Path, brokers: u32) -> Result<(), CliError> {
    write_number(data, COUNT, brokers)
}

/// Asks for the number that a start was given. Given again it is no order: a service that is restarted
/// with its old command line does not undo what was asked for since.
pub(super) fn want_at_start(data: &Path, brokers: u32) -> Result<(), CliError> {
    if read_number(data, FLAG)? == Some(brokers) && wanted(data)?.is_some() {
        return Ok(());
    }
    want(data, brokers)?;
    write_number(data, FLAG, brokers)
}

pub(super) fn read_number(data: &Path, name: &str) -> Result<Option<u32>, CliError> {
    let content = files::read(&data.join(FOLDER).join(name))?;
    Ok(content.and_then(|c| String::from_utf8_lossy(&c).trim().parse().ok()))
}

pub(super) fn write_number(data: &Path, name: &str, number: u32) -> Result<(), CliError> {
    let folder = data.join(FOLDER);
    files::make_private_folder(&folder)?;
    files::write_atomically(&folder.join(name), format!("{number}\n").as_bytes(), files::PUBLIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_has_a_place_and_its_ports_stay() {
        let dir = tempfile::tempdir().unwrap();
        let place = BrokerFolder::of(dir.path(), 2);
        assert!(place.pid().unwrap().is_none());
        let taken = place.take().unwrap().expect("it is free");
        assert!(place.take().unwrap().is_none(), "one process a place");
        assert_eq!(place.pid().unwrap(), Some(rustix::process::getpid()));
        drop(taken);
        assert!(place.pid().unwrap().is_none());
        let first = place.bind().unwrap();
        let port = first.kafka.address.port();
        drop(first);
        assert_eq!(place.bind().unwrap().kafka.address.port(), port);
    }

    #[test]
    fn the_number_of_brokers_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(wanted(dir.path()).unwrap(), None);
        want(dir.path(), 3).unwrap();
        assert_eq!(wanted(dir.path()).unwrap(), Some(3));
    }

    #[test]
    fn a_start_with_the_old_number_undoes_no_scale_and_one_with_a_new_number_counts() {
        let dir = tempfile::tempdir().unwrap();
        let started = |flag| {
            want_at_start(dir.path(), flag).unwrap();
            wanted(dir.path()).unwrap()
        };
        assert_eq!(started(3), Some(3));
        want(dir.path(), 5).unwrap();
        assert_eq!(started(3), Some(5));
        assert_eq!(started(4), Some(4));
        assert_eq!(started(3), Some(3));
    }
}
