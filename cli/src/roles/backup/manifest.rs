//! What a backup says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The format that this binary writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;
/// The name of the manifest.
pub(super) const FILE: &str = "manifest.json";
/// The name of the mark that a backup is not whole.
pub(super) const PARTIAL: &str = "partial.json";
/// The control plane's store.
pub(super) const CONTROL: &str = "control.db";
/// Other files of the data folder.
pub(super) const FOLDER: &str = "folder";
/// The cell.
pub(super) const CELL: &str = "cell";

/// Where the records of the source lay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tier {
    /// In the data folder.
    Disk,
    /// In a store.
    Store,
}

/// Whether the backup can open encrypted records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Keys {
    /// There are none: nothing was ever encrypted.
    None,
    /// They are in it.
    Included,
    /// They were left out.
    LeftOut,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileSum {
    /// In bytes.
    pub(crate) size: u64,
    /// In hexadecimal.
    pub(crate) sha256: String,
}

/// The content of `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BackupManifest {
    /// Grows with every change that an older binary could not read.
    pub(crate) format: u32,
    /// Of this backup.
    pub(crate) id: Uuid,
    /// The organisation of the installation's first start.
    pub(crate) installation: String,
    /// The binary that made it.
    pub(crate) weir_version: String,
    /// In milliseconds since the Unix epoch: what was acknowledged before is in the backup.
    pub(crate) began_at_ms: i64,
    /// In milliseconds since the Unix epoch: what was acknowledged later is not.
    pub(crate) ended_at_ms: i64,
    /// Where records lay.
    pub(crate) tier: Tier,
    /// The cell as the backup has it.
    pub(crate) cell: Uuid,
    /// Format of the data folder.
    pub(crate) folder_format: u32,
    /// Format of the control plane's store.
    pub(crate) store_format: i32,
    /// Whether it can open encrypted records.
    pub(crate) keys: Keys,
    /// All files but this one, by name.
    pub(crate) files: BTreeMap<String, FileSum>,
}

impl BackupManifest {
    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.size).sum()
    }

    /// Whether a file has to be brought from elsewhere.
    pub(crate) fn lacks_keys(&self) -> bool {
        self.keys == Keys::LeftOut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_those_that_are_read_for_years() {
        let file = FileSum { size: 3, sha256: "ab".into() };
        let manifest = BackupManifest {
            format: FORMAT,
            id: Uuid::nil(),
            installation: "org-1".into(),
            weir_version: "0.0.0".into(),
            began_at_ms: 1,
            ended_at_ms: 2,
            tier: Tier::Disk,
            cell: Uuid::nil(),
            folder_format: 1,
            store_format: 9,
            keys: Keys::LeftOut,
            files: [("control.db".to_owned(), file)].into(),
        };
        assert!(manifest.lacks_keys());
        let text = serde_json::to_string_pretty(&manifest).unwrap();
        insta::assert_snapshot!(text);
        assert_eq!(serde_json::from_str::<BackupManifest>(&text).unwrap(), manifest);
    }
}
