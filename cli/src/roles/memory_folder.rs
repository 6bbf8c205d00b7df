//! The folder of `--memory`: gone when the process ends.

use std::fs;
use std::path::PathBuf;

use common_seams::{OsRng, Rng as _};

use crate::error::CliError;
use crate::files;

/// A folder that is deleted when this is dropped.
#[derive(Debug)]
pub(crate) struct MemoryFolder(PathBuf);

impl MemoryFolder {
    /// A name that nobody else uses, in the folder for temporary files.
    pub(crate) fn choose() -> PathBuf {
        std::env::temp_dir().join(format!("weir-memory-{:016x}", OsRng::new().next_u64()))
    }

    /// Makes the folder, for its owner alone.
    pub(crate) fn create(path: PathBuf) -> Result<Self, CliError> {
        files::make_private_folder(&path)?;
        Ok(Self(path))
    }
}

impl Drop for MemoryFolder {
    fn drop(&mut self) {
        // Left-overs of a temporary folder harm nobody, and there is nobody to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_ends_with_its_owner() {
        let path = MemoryFolder::choose();
        let folder = MemoryFolder::create(path.clone()).unwrap();
        fs::write(path.join("x"), "").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
