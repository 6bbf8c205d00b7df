//! The format version of a data folder: refuse what is newer, migrate what is older, keep a copy.

use std::path::{Path, PathBuf};

use common_errors::ErrorKind;
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::files;

/// The format that this binary writes.
pub(super) const FORMAT: u32 = 1;
/// The file that holds a folder's format.
pub(super) const FILE: &str = "format.json";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FolderFormat {
    /// Grows with every change that an older binary could not read.
    pub(super) format: u32,
    /// The binary that wrote this format.
    #[serde(default)]
    pub(super) written_by: String,
}

/// One step from a format to the next.
struct Migration {
    /// The format that it starts from.
    from: u32,
    /// Files that it changes, kept as `<name>.bak-v<from>`.
    changes: &'static [&'static str],
    run: fn(&Path) -> Result<(), CliError>,
}

/// Every step, in order. Format 0 was a folder whose format file named no writer; nothing else
/// changed since.
const MIGRATIONS: &[Migration] = &[Migration { from: 0, changes: &[], run: |_| Ok(()) }];

/// Brings a folder to this binary's format, or says why that cannot be.
///
/// Returns the format that the folder had, if it had one.
pub(super) fn ensure(folder: &Path) -> Result<Option<u32>, CliError> {
    let Some(found) = read(folder)? else {
        write(folder)?;
        return Ok(None);
    };
    if found.format > FORMAT {
        return Err(newer(folder, &found));
    }
    for migration in MIGRATIONS.iter().filter(|m| m.from >= found.format) {
        for name in migration.changes.iter().chain(&[FILE]) {
            keep_copy(folder, name, migration.from)?;
        }
        (migration.run)(folder)?;
    }
    if found.format < FORMAT {
        write(folder)?;
    }
    Ok(Some(found.format))
}

/// Reads a folder's format.
pub(super) fn read(folder: &Path) -> Result<Option<FolderFormat>, CliError> {
    let path = folder.join(FILE);
    let Some(content) = files::read(&path)? else {
        return Ok(None);
    };
    serde_json::from_slice(&content).map(Some).map_err(|e| {
        let shown = path.display();
        CliError::internal("folder.corrupt", format!("{shown} is corrupt: {e}"))
            .suggest("Restore the file from a backup of the folder.")
            .suggest(format!(
                "If no other version of `weir` used the folder, write it anew: `echo '{{\"format\":{FORMAT}}}' > {shown}`."
            ))
    })
}

fn write(folder: &Path) -> Result<(), CliError> {
    let format = FolderFormat { format: FORMAT, written_by: version().to_owned() };
    let text = serde_json::to_string(&format)
        .map_err(|e| CliError::internal("folder.format", e.to_string()))?;
    files::write_atomically(&folder.join(FILE), format!("{text}\n").as_bytes(), files::PUBLIC)
}

/// An existing copy is the older one, of an attempt that did not end: it stays.
fn keep_copy(folder: &Path, name: &str, from: u32) -> Result<(), CliError> {
    let (path, copy) = (folder.join(name), copy_path(folder, name, from));
    if copy.exists() {
        return Ok(());
    }
    match files::read(&path)? {
        Some(content) => files::write_atomically(&copy, &content, files::PRIVATE),
        None => Ok(()),
    }
}

fn copy_path(folder: &Path, name: &str, from: u32) -> PathBuf {
    folder.join(format!("{name}.bak-v{from}"))
}

fn newer(folder: &Path, found: &FolderFormat) -> CliError {
    let writer = match found.written_by.as_str() {
        "" => "a newer weir".to_owned(),
        writer => format!("weir {writer}"),
    };
    let message = format!(
        "the data folder {} has format {}, written by {writer}; weir {} reads formats up to {FORMAT}",
        folder.display(),
        found.format,
        version(),
    );
    CliError::new(ErrorKind::Precondition, "folder.newer", message)
        .suggest(format!("Use {writer} or newer with this folder."))
        .suggest("Or start with another folder: `weir up --data-dir DIR`.")
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_gets_this_format_and_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ensure(folder.path()).unwrap(), None);
        assert_eq!(ensure(folder.path()).unwrap(), Some(FORMAT));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_older_folder_is_migrated_and_its_file_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), r#"{"format":0}"#).unwrap();
        assert_eq!(ensure(folder.path()).unwrap(), Some(0));
        assert_eq!(read(folder.path()).unwrap().unwrap().format, FORMAT);
        let copy = std::fs::read_to_string(folder.path().join("format.json.bak-v0")).unwrap();
        assert_eq!(copy, r#"{"format":0}"#);
        assert_eq!(ensure(folder.path()).unwrap(), Some(FORMAT));
    }

    #[test]
    fn a_newer_folder_is_refused_with_both_versions() {
        let folder = tempfile::tempdir().unwrap();
        let planted = r#"{"format":999,"written_by":"7.1.0","unknown":true}"#;
        std::fs::write(folder.path().join(FILE), planted).unwrap();
        let error = ensure(folder.path()).unwrap_err();
        assert!(error.message.contains("format 999, written by weir 7.1.0"), "{error}");
        assert!(error.message.contains("reads formats up to 1"), "{error}");
        assert!(error.suggestions[0].contains("weir 7.1.0"), "{:?}", error.suggestions);
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), planted);
    }

    #[test]
    fn a_cut_file_is_named_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "{\"for").unwrap();
        let error = ensure(folder.path()).unwrap_err();
        assert_eq!(error.code, "folder.corrupt");
        assert!(error.message.contains("format.json"), "{error}");
        assert_eq!(error.suggestions.len(), 2);
    }
}
