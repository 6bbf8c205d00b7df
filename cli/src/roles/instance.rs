//! What a running Weir serves, for `weir status` and for whoever started it in the background.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::files;

const FILE: &str = "instance.json";

/// Written once everything answers; removed by an orderly stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) pid: u32,
    pub(crate) version: String,
    pub(crate) started_at_ms: i64,
    pub(crate) data_dir: PathBuf,
    /// Whether the folder lasts no longer than the process.
    pub(crate) memory: bool,
    /// Whether this start made the first keys.
    pub(crate) first_start: bool,
    /// `always`, `interval` or `never`.
    pub(crate) fsync: String,
    /// URL of the API.
    pub(crate) api: String,
    /// Kafka address without TLS.
    pub(crate) kafka: String,
    /// Kafka address with TLS.
    pub(crate) kafka_tls: String,
    /// URL that the schema registry will have; nothing listens there yet.
    pub(crate) registry: String,
    pub(crate) ca_cert_path: PathBuf,
    pub(crate) organization_id: String,
    pub(crate) environment_id: String,
    pub(crate) cluster_id: String,
}

impl Instance {
    /// Says that everything answers.
    pub(super) fn write(&self, folder: &Path) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|e| CliError::internal("instance.write", e.to_string()))?;
        files::write_atomically(&folder.join(FILE), text.as_bytes(), files::PUBLIC)
    }

    /// What the folder's last process said. A file that cannot be read says nothing.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, CliError> {
        let content = files::read(&folder.join(FILE))?;
        Ok(content.and_then(|content| serde_json::from_slice(&content).ok()))
    }

    /// Says that nothing answers.
    pub(super) fn remove(folder: &Path) -> Result<(), CliError> {
        let path = folder.join(FILE);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(files::io_error("delete", &path, &e))
            }
            Err(_) | Ok(()) => Ok(()),
        }
    }
}
