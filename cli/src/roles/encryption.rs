//! Whether records are encrypted, which the data folder remembers, and the file with the wrapping keys.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common_errors::ErrorKind;
use common_seams::Rng;
use storage::at_rest::{self, KeyError, KeyStore};
use storage::retry::RetryingStore;
use storage::store::ObjectStore;
use storage_disk::{KeyFile, KeyFileError};

use crate::error::CliError;
use crate::files;

/// Remembers what was asked for.
const REMEMBERED: &str = "encryption";
/// The keys that wrap the keys of tenants. Without it no encrypted record can be read.
const KEYS: &str = "encryption-keys";
/// How long a store that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether records are encrypted where they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Encryption {
    /// From now on, each cluster under a key of its own
    On,
    /// Not from now on; what was encrypted before stays readable
    Off,
}

impl Encryption {
    fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// Does what was asked for, or what the folder remembers; makes the key file when it is needed first.
pub(super) async fn open(
    folder: &Path,
    asked: Option<Encryption>,
    store: &Arc<dyn ObjectStore>,
    rng: &Arc<dyn Rng>,
) -> Result<at_rest::Encryption, CliError> {
    let wanted = match asked {
        Some(asked) => asked,
        None => remembered(folder)?,
    };
    let path = folder.join(KEYS);
    let mut file = read(&path, rng)?;
    if file.is_none() {
        let (inner, rng) = (Arc::clone(store), Arc::clone(rng));
        let patient = RetryingStore::for_a_while(inner, Arc::clone(&rng), PATIENCE);
        let has_keys = at_rest::has_keys(&patient).await.map_err(|e| {
            CliError::new(ErrorKind::Unavailable, "store.unavailable", e.to_string())
                .suggest("Check the address of the store, and try again.")
        })?;
        if has_keys {
            return Err(lost(&format!("{} is missing", path.display())));
        }
        if wanted == Encryption::On {
            KeyFile::create(&path, &*rng).map_err(|e| unusable(&e))?;
            file = read(&path, &rng)?;
        }
    }
    if asked.is_some() {
        let text = format!("{}\n", wanted.as_str());
        files::write_atomically(&folder.join(REMEMBERED), text.as_bytes(), files::PUBLIC)?;
    }
    let key_store = file.map(|file| Arc::new(file) as Arc<dyn KeyStore>);
    Ok(at_rest::Encryption { key_store, seal: wanted == Encryption::On })
}

/// Keys that cannot be had, as people are told.
pub(super) fn not_open(error: &KeyError) -> CliError {
    match error {
        KeyError::Store(_) => {
            CliError::new(ErrorKind::Unavailable, "store.unavailable", error.to_string())
                .suggest("Check the address of the store, and try again.")
        }
        KeyError::NoKeyStore
        | KeyError::KeyStore(_)
        | KeyError::Damaged { .. }
        | KeyError::Destroyed { .. } => lost(&error.to_string()),
    }
}

fn read(path: &Path, rng: &Arc<dyn Rng>) -> Result<Option<KeyFile>, CliError> {
    KeyFile::open(path, Arc::clone(rng)).map_err(|e| unusable(&e))
}

fn remembered(folder: &Path) -> Result<Encryption, CliError> {
    let path = folder.join(REMEMBERED);
    let Some(content) = files::read(&path)? else { return Ok(Encryption::Off) };
    match String::from_utf8_lossy(&content).trim() {
        "on" => Ok(Encryption::On),
        "off" => Ok(Encryption::Off),
        _ => {
            let message = format!("{} is damaged", path.display());
            Err(CliError::new(ErrorKind::Internal, "folder.encryption", message)
                .suggest("Say what it is to be: `weir up --encryption on`, or `off`."))
        }
    }
}

fn unusable(error: &KeyFileError) -> CliError {
    let made = CliError::new(ErrorKind::Precondition, "keys.unusable", error.to_string());
    match error {
        KeyFileError::Exposed { path, .. } => made.suggest(format!("`chmod 600 {path}`")),
        KeyFileError::Io { .. } | KeyFileError::Damaged { .. } => {
            made.suggest("Restore the file from a backup. Nothing was changed.")
        }
    }
}

fn lost(reason: &str) -> CliError {
    let message =
        format!("the records of this cell are encrypted, and their keys cannot be had: {reason}");
    CliError::new(ErrorKind::Precondition, "keys.lost", message)
        .suggest(format!("Bring `{KEYS}` back, from the data folder that encrypted them or from a backup. Nothing was changed."))
        .suggest("Without it nobody can read them again: start anew, with another folder and another store.")
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;
    use storage::at_rest::Keyring;
    use storage_disk::FolderStore;

    use super::*;

    struct Place {
        dir: tempfile::TempDir,
        store: Arc<dyn ObjectStore>,
        rng: Arc<dyn Rng>,
    }

    impl Place {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let store = Arc::new(FolderStore::open(&dir.path().join("cell")).unwrap());
            Self { dir, store, rng: Arc::new(SeededRng::new(1)) }
        }

        async fn open(&self, asked: Option<Encryption>) -> Result<at_rest::Encryption, CliError> {
            open(self.dir.path(), asked, &self.store, &self.rng).await
        }

        async fn keyring(&self, encryption: at_rest::Encryption) -> Result<Keyring, KeyError> {
            Keyring::open(Arc::clone(&self.store), Arc::clone(&self.rng), encryption).await
        }
    }

    #[tokio::test]
    async fn nothing_is_encrypted_until_somebody_asks_and_the_folder_remembers() {
        let place = Place::new();
        let first = place.open(None).await.unwrap();
        assert!(!first.seal && first.key_store.is_none());
        let on = place.open(Some(Encryption::On)).await.unwrap();
        assert!(on.seal && on.key_store.is_some());
        assert!(place.open(None).await.unwrap().seal);
        let off = place.open(Some(Encryption::Off)).await.unwrap();
        assert!(!off.seal && off.key_store.is_some(), "what was encrypted stays readable");
        assert!(!place.open(None).await.unwrap().seal);
    }

    #[tokio::test]
    async fn a_lost_key_file_is_told_and_never_replaced() {
        let place = Place::new();
        let on = place.open(Some(Encryption::On)).await.unwrap();
        place.keyring(on).await.unwrap();
        let path = place.dir.path().join(KEYS);
        let kept = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        for asked in [None, Some(Encryption::On), Some(Encryption::Off)] {
            let error = place.open(asked).await.unwrap_err();
            assert_eq!((&*error.code, error.suggestions.len()), ("keys.lost", 2), "{error}");
            assert!(!path.exists());
        }
        KeyFile::create(&path, &SeededRng::new(9)).unwrap();
        let other = place.open(None).await.unwrap();
        let error = not_open(&place.keyring(other).await.unwrap_err());
        assert!(error.message.contains("is not in"), "{error}");
        files::write_atomically(&path, &kept, files::PRIVATE).unwrap();
        let again = place.open(None).await.unwrap();
        place.keyring(again).await.unwrap();
    }
}
