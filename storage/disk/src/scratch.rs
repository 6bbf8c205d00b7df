use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const OWNER: &str = "owner";

/// A folder for files that have no name yet. It is this handle's alone while it is locked, and is
/// removed by whoever opens the store after its owner ended.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
    next: AtomicU64,
    /// Held for the lock alone.
    _owner: File,
}

impl Scratch {
    /// Removes what is left of ended owners in `parent`, and makes a folder there. The caller holds the
    /// lock of the store.
    pub(crate) fn new(parent: &Path) -> io::Result<Self> {
        let mut number = 0_u64;
        for entry in fs::read_dir(parent)? {
            let path = entry?.path();
            if !path.is_dir() {
                continue;
            }
            let name = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.parse().ok());
            number = number.max(name.map_or(0, |n: u64| n + 1));
            if has_ended(&path)? {
                fs::remove_dir_all(&path)?;
            }
        }
        let folder = parent.join(number.to_string());
        fs::create_dir(&folder)?;
        let owner = File::create(folder.join(OWNER))?;
        owner.lock()?;
        Ok(Self { folder, next: AtomicU64::new(0), _owner: owner })
    }

    /// A path that nobody uses.
    pub(crate) fn next(&self) -> PathBuf {
        self.folder.join(self.next.fetch_add(1, Ordering::Relaxed).to_string())
    }
}

fn has_ended(folder: &Path) -> io::Result<bool> {
    match OpenOptions::new().write(true).open(folder.join(OWNER)) {
        Ok(owner) => Ok(owner.try_lock().is_ok()),
        // It ended between making the folder and locking it.
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_owners_left_is_removed_and_the_living_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let ended = Scratch::new(dir.path()).unwrap();
        let living = Scratch::new(dir.path()).unwrap();
        fs::write(ended.next(), "half").unwrap();
        fs::write(living.next(), "half").unwrap();
        let left = ended.folder.clone();
        drop(ended);
        let third = Scratch::new(dir.path()).unwrap();
        assert!(!left.exists() && living.folder.join("0").exists());
        assert_ne!(third.folder, living.folder);
    }
}
