//! The data folder: one process at a time, of a known format.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use common_errors::ErrorKind;
use rustix::process::{Pid, test_kill_process};

use super::format;
use crate::error::CliError;
use crate::files;

/// Held for as long as a process uses the folder; holds that process's id.
pub(super) const LOCK: &str = "lock";
/// There while a backup is being restored into the folder.
pub(super) const RESTORING: &str = "restoring.json";
/// What a folder may hold before it has a format: what starting one leaves behind.
const BEFORE_FORMAT: [&str; 2] = [LOCK, "weir.log"];

/// A folder that this process alone uses.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    // The lock ends when the file is closed, also when the process is killed.
    _lock: File,
}

impl DataDir {
    /// Makes the folder if needed, takes it, and brings it to this binary's format. Also says whether
    /// the folder was new.
    pub(crate) fn open(path: &Path) -> Result<(Self, bool), CliError> {
        files::make_private_folder(path)?;
        let path = path.canonicalize().map_err(|e| files::io_error("open", path, &e))?;
        refuse_restoring(&path)?;
        refuse_foreign(&path)?;
        let lock = lock(&path)?;
        let new = format::ensure(&path)?.is_none();
        Ok((Self { path, _lock: lock }, new))
    }

    /// Takes a folder to delete it.
    pub(crate) fn open_existing(path: &Path) -> Result<Option<Self>, CliError> {
        if format::read(path)?.is_none() {
            return Ok(None);
        }
        let path = path.canonicalize().map_err(|e| files::io_error("open", path, &e))?;
        let lock = lock(&path)?;
        Ok(Some(Self { path, _lock: lock }))
    }

    /// Takes a folder to restore into: an empty one, or one with a restore that was cut short. It has no
    /// format yet.
    pub(crate) fn open_to_restore(path: &Path) -> Result<Self, CliError> {
        files::make_private_folder(path)?;
        let path = path.canonicalize().map_err(|e| files::io_error("open", path, &e))?;
        if !path.join(RESTORING).exists() {
            if format::read(&path)?.is_some() {
                let message = format!("{} is a data folder with content", path.display());
                return Err(CliError::new(ErrorKind::Conflict, "folder.not_empty", message)
                    .suggest("Choose an empty or a new folder with `--data-dir DIR`."));
            }
            refuse_foreign(&path)?;
        }
        let lock = lock(&path)?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Deletes the folder with everything in it.
    pub(crate) fn delete(self) -> Result<(), CliError> {
        fs::remove_dir_all(&self.path).map_err(|e| files::io_error("delete", &self.path, &e))
    }
}

/// The process that uses a folder, if one does.
pub(crate) fn running_pid(path: &Path) -> Result<Option<Pid>, CliError> {
    let path = path.join(LOCK);
    let Some(pid) = files::read(&path)?.and_then(|text| parse_pid(&text)) else {
        return Ok(None);
    };
    if test_kill_process(pid).is_err() {
        return Ok(None);
    }
    // The process may be another one that got the same id: only the lock is certain.
    let file = File::open(&path).map_err(|e| files::io_error("open", &path, &e))?;
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(Some(pid)),
        Err(TryLockError::Error(e)) => Err(files::io_error("lock", &path, &e)),
    }
}

/// A folder into which a backup is not restored whole yet has a part of it.
fn refuse_restoring(path: &Path) -> Result<(), CliError> {
    if !path.join(RESTORING).exists() {
        return Ok(());
    }
    let message = format!("a backup is not restored whole into {} yet", path.display());
    Err(CliError::new(ErrorKind::Precondition, "folder.restoring", message)
        .suggest("Run `weir backup restore` again, with the same backup and folder."))
}

/// A folder with something else in it must not be mixed with our data, nor wiped by a reset.
fn refuse_foreign(path: &Path) -> Result<(), CliError> {
    if path.join(format::FILE).exists() {
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(|e| files::io_error("read", path, &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| files::io_error("read", path, &e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = BEFORE_FORMAT.contains(&name.as_str()) || name.starts_with("format.json.new-");
        if !ours {
            let shown = path.display();
            let message = format!(
                "the folder {shown} is not a Weir folder: it holds {name:?} but no format.json"
            );
            return Err(CliError::new(ErrorKind::Precondition, "folder.foreign", message)
                .suggest("Choose an empty or a new folder with `--data-dir DIR`."));
        }
    }
    Ok(())
}

fn lock(folder: &Path) -> Result<File, CliError> {
    let path = folder.join(LOCK);
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false).mode(files::PUBLIC);
    let mut file = options.open(&path).map_err(|e| files::io_error("open", &path, &e))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(in_use(folder, &mut file)),
        Err(TryLockError::Error(e)) => return Err(files::io_error("lock", &path, &e)),
    }
    let mut write = || {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{}", std::process::id())
    };
    write().map_err(|e| files::io_error("write", &path, &e))?;
    Ok(file)
}

fn in_use(folder: &Path, lock: &mut File) -> CliError {
    let mut text = Vec::new();
    // Without a readable id the message names the folder alone.
    let _ = lock.read_to_end(&mut text);
    let holder = match parse_pid(&text) {
        Some(pid) => format!("process {}", pid.as_raw_nonzero()),
        None => "another process".to_owned(),
    };
    let shown = folder.display();
    let message = format!("the data folder {shown} is in use by {holder}");
    CliError::new(ErrorKind::Conflict, "folder.in_use", message)
        .suggest(format!("See what it serves with `weir status --data-dir {shown}`."))
        .suggest(format!("Stop it with `weir down --data-dir {shown}`."))
        .suggest("Or start with another folder: `weir up --data-dir DIR`.")
}

fn parse_pid(text: &[u8]) -> Option<Pid> {
    Pid::from_raw(std::str::from_utf8(text).ok()?.trim().parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_user_and_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let (first, new) = DataDir::open(&path).unwrap();
        assert!(new);
        let error = DataDir::open(&path).unwrap_err();
        assert_eq!(error.code, "folder.in_use");
        assert!(error.message.contains(&std::process::id().to_string()), "{error}");
        let pid = running_pid(&path).unwrap().unwrap();
        assert_eq!(pid.as_raw_nonzero().get().unsigned_abs(), std::process::id());
        drop(first);
        assert_eq!(running_pid(&path).unwrap(), None);
        assert!(!DataDir::open(&path).unwrap().1);
    }

    #[test]
    fn a_folder_of_someone_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.tex"), "").unwrap();
        let error = DataDir::open(folder.path()).unwrap_err();
        assert_eq!(error.code, "folder.foreign");
        assert!(error.message.contains("thesis.tex"), "{error}");
        assert!(DataDir::open_existing(folder.path()).unwrap().is_none());
    }

    #[test]
    fn a_start_that_was_cut_short_can_be_repeated() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LOCK), "1\n").unwrap();
        fs::write(folder.path().join("format.json.new-77"), "{").unwrap();
        DataDir::open(folder.path()).unwrap();
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = DataDir::open(&file).unwrap_err();
        assert_eq!(error.code, "disk.not_a_folder");
    }
}
