//! `admin.json`: everything that a program needs to use a local Weir.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::Secret;
use crate::error::CliError;
use crate::files;

const FILE: &str = "admin.json";

/// The members are frozen: scripts and tests read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AdminFile {
    pub(super) api_key: String,
    pub(super) api_secret: Secret,
    pub(super) endpoint: String,
    pub(super) organization_id: String,
    pub(super) environment_id: String,
    pub(super) cluster_id: String,
    pub(super) kafka_api_key: String,
    pub(super) kafka_api_secret: Secret,
    pub(super) kafka_bootstrap: String,
    pub(super) kafka_tls_bootstrap: String,
    pub(super) ca_cert_path: PathBuf,
    pub(super) login_email: String,
    /// Absent when the file was lost: a password cannot be read again.
    pub(super) login_password: Option<Secret>,
}

impl AdminFile {
    pub(super) fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// Reads the file; an absent one is `None`, a broken one an error.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, CliError> {
        let path = Self::path(folder);
        let Some(content) = files::read(&path)? else {
            return Ok(None);
        };
        serde_json::from_slice(&content).map(Some).map_err(|e| {
            let shown = path.display();
            CliError::internal("admin_file.corrupt", format!("{shown} is corrupt: {e}"))
                .suggest("Restore the file from a backup of the folder.")
                .suggest(format!(
                    "Or move it away, `mv {shown} {shown}.old`, and start again: new keys are made."
                ))
        })
    }

    /// Replaces the file.
    pub(super) fn write(&self, folder: &Path) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|e| CliError::internal("admin_file.write", e.to_string()))?;
        files::write_atomically(&Self::path(folder), format!("{text}\n").as_bytes(), files::PRIVATE)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn members_are_those_that_scripts_read() {
        let folder = tempfile::tempdir().unwrap();
        let admin = AdminFile {
            api_key: "a".to_owned(),
            api_secret: Secret::new("b"),
            endpoint: "c".to_owned(),
            organization_id: "d".to_owned(),
            environment_id: "e".to_owned(),
            cluster_id: "f".to_owned(),
            kafka_api_key: "g".to_owned(),
            kafka_api_secret: Secret::new("h"),
            kafka_bootstrap: "i".to_owned(),
            kafka_tls_bootstrap: "j".to_owned(),
            ca_cert_path: PathBuf::from("k"),
            login_email: "l".to_owned(),
            login_password: Some(Secret::new("m")),
        };
        admin.write(folder.path()).unwrap();
        assert_eq!(AdminFile::read(folder.path()).unwrap(), Some(admin));
        let path = AdminFile::path(folder.path());
        insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, files::PRIVATE);

        std::fs::write(&path, "{").unwrap();
        let error = AdminFile::read(folder.path()).unwrap_err();
        assert!(error.message.contains("admin.json is corrupt"), "{error}");
    }
}
