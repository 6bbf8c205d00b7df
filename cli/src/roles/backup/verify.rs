//! Checks a backup: every file that its manifest names is there, and is what it was.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use common_errors::ErrorKind;
use futures_util::{StreamExt as _, stream};
use storage::store::{ObjectStore as _, StoreError};

use super::error::place_failed;
use super::manifest::{BackupManifest, FILE, FORMAT, FileSum, PARTIAL};
use super::place;
use super::progress::watched;
use super::vault::{Sums, Vault, sum_of};
use crate::error::CliError;

/// Files at a time: each lies in memory.
const WIDTH: usize = 4;
/// Faults that are shown.
const SHOWN_MAX: usize = 20;

/// Reads a backup whole and compares it with its manifest.
pub(crate) async fn verify_backup(source: &str) -> Result<BackupManifest, CliError> {
    let vault = place::open_to_read(source)?;
    verify(&vault, source).await
}

/// As [`verify_backup`], of a place that is open.
pub(super) async fn verify(vault: &Vault, source: &str) -> Result<BackupManifest, CliError> {
    let manifest = read_manifest(vault, source).await?;
    let checked = Sums::default();
    let faults = watched("checked", &checked, compare(vault, &manifest.files, &checked)).await;
    let faults = faults.map_err(|e| place_failed(source, &e))?;
    if faults.is_empty() { Ok(manifest) } else { Err(damaged(source, &faults)) }
}

async fn read_manifest(vault: &Vault, source: &str) -> Result<BackupManifest, CliError> {
    let bytes = match vault.get(FILE.to_owned()).await {
        Ok((bytes, _)) => bytes,
        Err(StoreError::NotFound(_)) => {
            return Err(match vault.get(PARTIAL.to_owned()).await {
                Ok(_) => incomplete(source),
                Err(StoreError::NotFound(_)) => unknown(source),
                Err(e) => place_failed(source, &e),
            });
        }
        Err(e) => return Err(place_failed(source, &e)),
    };
    #[derive(serde::Deserialize)]
    struct Head {
        format: u32,
        #[serde(default)]
        weir_version: String,
    }
    let unreadable = |e: serde_json::Error| damaged(source, &[format!("{FILE}: {e}")]);
    let head: Head = serde_json::from_slice(&bytes).map_err(unreadable)?;
    if head.format > FORMAT {
        let Head { format, weir_version } = head;
        let message = format!(
            "the backup {source} has format {format}, made by weir {weir_version}; this weir reads formats up to {FORMAT}"
        );
        return Err(CliError::new(ErrorKind::Precondition, "backup.newer", message)
            .suggest(format!("Use weir {weir_version} or newer.")));
    }
    serde_json::from_slice(&bytes).map_err(unreadable)
}

/// What is wrong, by file.
async fn compare(
    vault: &Vault,
    files: &BTreeMap<String, FileSum>,
    checked: &Sums,
) -> Result<Vec<String>, StoreError> {
    let reads: Vec<_> = files
        .iter()
        .map(|(name, expected)| async move {
            let found = match vault.get(name.clone()).await {
                Ok((bytes, _)) => sum_of([&bytes[..]]),
                Err(StoreError::NotFound(_)) => return Ok(Some(format!("{name}: it is missing"))),
                Err(e) => return Err(e),
            };
            checked.lock().insert(name.clone(), found.clone());
            Ok(if found == *expected {
                None
            } else if found.size == expected.size {
                Some(format!("{name}: its checksum does not match"))
            } else {
                Some(format!("{name}: it has {} bytes instead of {}", found.size, expected.size))
            })
        })
        .collect();
    let mut reads = stream::iter(reads).buffered(WIDTH);
    let mut faults = Vec::new();
    while let Some(read) = reads.next().await {
        faults.extend(read?);
    }
    Ok(faults)
}

fn damaged(source: &str, faults: &[String]) -> CliError {
    let count = faults.len();
    let files = if count == 1 { "file is" } else { "files are" };
    let mut message = format!("{count} {files} wrong with the backup {source}");
    for fault in faults.iter().take(SHOWN_MAX) {
        let _ = write!(message, "\n  {fault}");
    }
    if count > SHOWN_MAX {
        let _ = write!(message, "\n  and {} more", count - SHOWN_MAX);
    }
    CliError::new(ErrorKind::Precondition, "backup.damaged", message)
        .suggest("Bring the files back from another copy of the backup, or use an older backup.")
}

fn incomplete(source: &str) -> CliError {
    let message = format!("the backup {source} is not whole: it was cut short");
    CliError::new(ErrorKind::Precondition, "backup.incomplete", message)
        .suggest("Run `weir backup create` again with the same target.")
}

fn unknown(source: &str) -> CliError {
    let message = format!("there is no backup in {source}");
    CliError::new(ErrorKind::NotFound, "backup.unknown", message)
        .suggest("Name the place as it was given to `weir backup create`.")
}
