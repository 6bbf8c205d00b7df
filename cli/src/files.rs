//! Files that must be whole or absent, and errors that name them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use common_errors::ErrorKind;

use crate::error::CliError;

/// Readable and writable by the owner alone.
pub(crate) const PRIVATE: u32 = 0o600;
/// Readable by everyone.
pub(crate) const PUBLIC: u32 = 0o644;

/// Replaces `path` in one step: a reader, and a crash, sees the old content or the new.
pub(crate) fn write_atomically(path: &Path, content: &[u8], mode: u32) -> Result<(), CliError> {
    let attempt = || -> io::Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".new-{}", std::process::id()));
        let temporary = path.with_file_name(name);
        let written =
            write_and_sync(&temporary, content, mode).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            // The write's own error is the one to report.
            let _ = fs::remove_file(&temporary);
        }
        written?;
        match path.parent() {
            Some(parent) => fs::File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    };
    attempt().map_err(|e| io_error("write", path, &e))
}

fn write_and_sync(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes a folder that only its owner can enter, with its parents.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), CliError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|e| io_error("create", path, &e))
}

/// Reads a file; `None` when it does not exist.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, CliError> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(io_error("read", path, &e)),
    }
}

/// Says which file, what went wrong, and the way out.
pub(crate) fn io_error(action: &str, path: &Path, error: &io::Error) -> CliError {
    let shown = path.display();
    let failed = |code: &str, why: &str| {
        CliError::new(ErrorKind::Internal, code, format!("cannot {action} {shown}: {why}"))
    };
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => failed(
            "disk.full",
            "the disk is full",
        )
        .suggest(format!(
            "Free space on the file system of {shown} (see `df -h {shown}`) and repeat the command."
        )),
        io::ErrorKind::PermissionDenied => failed("disk.permission", "permission denied")
            .suggest(format!("See who owns it with `ls -ld {shown}`; it must be writable by you."))
            .suggest("Choose another folder with `--data-dir DIR`."),
        io::ErrorKind::ReadOnlyFilesystem => {
            failed("disk.read_only", "the file system is read-only")
                .suggest("Choose a folder on another file system with `--data-dir DIR`.")
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            failed("disk.not_a_folder", "a part of the path is a file, not a folder")
                .suggest("Choose another folder with `--data-dir DIR`.")
        }
        _ => failed("disk.error", &error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_replaced_file_has_its_mode_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_atomically(&path, b"one", PRIVATE).unwrap();
        write_atomically(&path, b"two", PRIVATE).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, PRIVATE);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = write_atomically(&file.join("below"), b"x", PUBLIC).unwrap_err();
        assert_eq!(error.code, "disk.not_a_folder");
        assert!(error.message.contains("file/below"), "{error}");
    }

    #[test]
    fn a_full_disk_has_a_way_out() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = io_error("write", Path::new("/data/format.json"), &full);
        assert_eq!(error.message, "cannot write /data/format.json: the disk is full");
        assert!(error.suggestions[0].contains("df -h"), "{:?}", error.suggestions);
    }
}
