//! How awake a cell is, as its data folder tells it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::count::is_at_rest;
use crate::error::CliError;
use crate::files;
use crate::roles::running_pid;

const FILE: &str = "brokers/stage.json";

/// How awake a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Its brokers serve.
    Awake,
    /// Its brokers are ending.
    Stopping,
    /// It has no broker.
    Zero,
    /// Its first broker starts.
    Waking,
}

/// Who needed a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    /// A client of Kafka connected.
    Kafka,
    /// A REST call asked for something that brokers know.
    Rest,
    /// Somebody asked for a number of brokers.
    Scale,
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StageReport {
    pub(crate) state: Stage,
    pub(crate) since_ms: i64,
    /// The last time that it woke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) woken: Option<Woken>,
    /// Whether a process is there that wakes it.
    #[serde(skip)]
    pub(crate) is_watched: bool,
}

/// How a cell woke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Woken {
    pub(crate) by: Cause,
    /// From the first who needed it to the moment it let clients in.
    pub(crate) took_ms: u64,
}

/// What the folder's last process told, as far as it is true still.
pub(crate) fn stage_report(data: &Path) -> Result<Option<StageReport>, CliError> {
    let is_watched = running_pid(data)?.is_some();
    let told = files::read(&path(data))?.and_then(|text| serde_json::from_slice(&text).ok());
    let told: Option<StageReport> =
        told.map(|told: StageReport| StageReport { is_watched, ..told });
    if is_watched {
        return Ok(told);
    }
    let at_rest = is_at_rest(data)?;
    Ok(told.filter(|_| at_rest).map(|told| StageReport { state: Stage::Zero, ..told }))
}

pub(super) fn tell(data: &Path, report: &StageReport) -> Result<(), CliError> {
    let text =
        serde_json::to_vec(report).map_err(|e| CliError::internal("cell.stage", e.to_string()))?;
    let path = path(data);
    if let Some(folder) = path.parent() {
        files::make_private_folder(folder)?;
    }
    files::write_atomically(&path, &text, files::PUBLIC)
}

fn path(data: &Path) -> PathBuf {
    data.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::want;

    #[test]
    fn a_process_that_is_gone_left_a_cell_at_rest_or_nothing_to_tell() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(stage_report(dir.path()).unwrap(), None);
        let woken = Some(Woken { by: Cause::Kafka, took_ms: 7 });
        let told = StageReport { state: Stage::Stopping, since_ms: 1, woken, is_watched: false };
        tell(dir.path(), &told).unwrap();
        want(dir.path(), 1).unwrap();
        assert_eq!(stage_report(dir.path()).unwrap(), None);
        want(dir.path(), 0).unwrap();
        let expected = StageReport { state: Stage::Zero, ..told };
        assert_eq!(stage_report(dir.path()).unwrap(), Some(expected));
    }
}
