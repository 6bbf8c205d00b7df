//! Which files of a data folder a backup has beside the store and the cell.

use std::fs;
use std::path::Path;

use crate::error::CliError;
use crate::files;

/// The key under which API secrets are hashed. Without it a restored installation knows no key.
pub(super) const PEPPER: &str = "pepper";
/// What opens encrypted records.
pub(super) const KEYS: &str = "encryption-keys";
/// Says that a folder is one of Weir; the last to be written.
pub(super) const FORMAT: &str = "format.json";
/// Files that are copied where they are there. What is bound to a process or a machine is not: locks,
/// ports, logs, addresses of stores, and what brokers prove to each other.
const NAMES: [&str; 9] = [
    PEPPER,
    "admin.json",
    "encryption",
    "tls/ca.pem",
    "tls/ca-key.pem",
    "tls/server.pem",
    "tls/server-key.pem",
    "tls/server.json",
    "brokers/count",
];

/// Reads what a backup has of a folder, by name. `with_keys`: also what opens encrypted records.
pub(super) fn read_all(
    folder: &Path,
    with_keys: bool,
) -> Result<Vec<(&'static str, Vec<u8>)>, CliError> {
    let mut found = Vec::new();
    let keys = with_keys.then_some(KEYS);
    for name in NAMES.into_iter().chain(keys).chain([FORMAT]) {
        found.extend(files::read(&folder.join(name))?.map(|content| (name, content)));
    }
    if found.iter().any(|(name, _)| *name == PEPPER) {
        return Ok(found);
    }
    let message = format!("{} is missing", folder.join(PEPPER).display());
    Err(CliError::internal("folder.pepper", message)
        .suggest("Restore the file: no API key works without it."))
}

/// Writes one file of a folder, for its owner alone.
pub(super) fn write(folder: &Path, name: &str, content: &[u8]) -> Result<(), CliError> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        files::make_private_folder(parent)?;
    }
    files::write_atomically(&path, content, files::PRIVATE)
}

/// Deletes everything in a folder but what `stays` names.
pub(super) fn empty(folder: &Path, stays: &[&str]) -> Result<(), CliError> {
    let failed = |path: &Path, e: &std::io::Error| files::io_error("delete", path, e);
    for entry in fs::read_dir(folder).map_err(|e| failed(folder, &e))? {
        let entry = entry.map_err(|e| failed(folder, &e))?;
        let path = entry.path();
        if stays.iter().any(|name| entry.file_name() == **name) {
            continue;
        }
        let is_folder = entry.file_type().map_err(|e| failed(&path, &e))?.is_dir();
        let gone = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        gone.map_err(|e| failed(&path, &e))?;
    }
    Ok(())
}
