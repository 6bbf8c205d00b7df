//! Makes a data folder from a backup.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common_errors::ErrorKind;
use common_seams::{Clock, OsRng, Rng, SystemClock, uuid_v4};
use serde::{Deserialize, Serialize};
use storage::birth::CellMarker;
use storage::keys::ObjectKey;
use storage::retry::RetryingStore;
use storage::store::{ObjectStore, PutMode, StoreError};
use storage::transfer::{Restoration, refuse_unfinished, restore};
use storage_disk::FolderStore;
use uuid::Uuid;

use super::error::{not_copied, place_failed};
use super::folder_files::{self, FORMAT};
use super::manifest::{BackupManifest, CELL, CONTROL, FOLDER, Tier};
use super::place::{self, PATIENCE};
use super::progress::watched;
use super::vault::Vault;
use super::verify::verify;
use crate::error::CliError;
use crate::files;
use crate::roles::data_dir::{DataDir, LOCK, RESTORING};
use crate::roles::{cell_store, control_plane, format, open_store, prove_store};

/// What was restored.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) manifest: BackupManifest,
    pub(crate) took: Duration,
}

/// Says, in the folder, what is being restored into it. While it is there no start is accepted.
#[derive(Debug, Serialize, Deserialize)]
struct Restoring {
    backup: Uuid,
    /// The cell that is made in a store.
    cell: Uuid,
}

/// Makes a data folder in an empty place, and a cell in an empty store when the records lay in one. Killed at any
/// moment, it is run again: until it is done nobody starts from the folder.
pub(crate) async fn restore_backup(
    source: &str,
    folder: &Path,
    store: Option<&str>,
) -> Result<Restored, CliError> {
    let started = SystemClock.mono();
    let vault = place::open_to_read(source)?;
    let data = DataDir::open_to_restore(folder)?;
    let manifest = verify(&vault, source).await?;
    check(&manifest, store)?;
    let folder = data.path();
    let cell = begin(folder, &manifest)?;
    let to = match store {
        Some(url) => open_bucket(url).await?,
        None => open_folder(&folder.join(cell_store::FOLDER))?,
    };
    let work = async {
        match store {
            Some(url) => into_store(&vault, &to, cell, &format!("{source} or {url}")).await?,
            None => into_folder(&vault, &manifest, &to, source).await?,
        }
        rest(&vault, &manifest, folder, source).await
    };
    watched("restored", to.sums(), work).await?;
    if let Some(url) = store {
        cell_store::remember(folder, url.trim_end_matches('/'))?;
    }
    let format = fetch(&vault, &format!("{FOLDER}/{FORMAT}"), source).await?;
    folder_files::write(folder, FORMAT, &format)?;
    std::fs::remove_file(folder.join(RESTORING))
        .map_err(|e| files::io_error("delete", &folder.join(RESTORING), &e))?;
    Ok(Restored { manifest, took: SystemClock.mono().saturating_sub(started) })
}

/// What this binary can restore, and whether it was told where to.
fn check(manifest: &BackupManifest, store: Option<&str>) -> Result<(), CliError> {
    if manifest.folder_format > format::FORMAT {
        let message = format!(
            "the backup is of a data folder of format {}, made by weir {}; this weir reads formats up to {}",
            manifest.folder_format,
            manifest.weir_version,
            format::FORMAT
        );
        return Err(CliError::new(ErrorKind::Precondition, "backup.newer", message)
            .suggest(format!("Use weir {} or newer.", manifest.weir_version)));
    }
    match (manifest.tier, store) {
        (Tier::Store, None) => Err(CliError::usage(
            "backup.store",
            "the records of this backup lay in a store, and need one",
        )
        .suggest("Name an empty one: `--store s3://bucket/prefix`, or `--store file:///path`.")),
        (Tier::Disk, Some(_)) => Err(CliError::usage(
            "backup.store",
            "the records of this backup lay in the data folder, and are restored into one",
        )
        .suggest("Restore without `--store`, then move them: `weir cell migrate URL`.")),
        (Tier::Store, Some(_)) | (Tier::Disk, None) => Ok(()),
    }
}

/// Marks the folder, or recognises the mark of an attempt before, whose files go. Returns the id of the cell
/// that is made in a store: the same in all attempts.
fn begin(folder: &Path, manifest: &BackupManifest) -> Result<Uuid, CliError> {
    let path = folder.join(RESTORING);
    let before = files::read(&path)?.and_then(|content| {
        let mark: Option<Restoring> = serde_json::from_slice(&content).ok();
        mark.filter(|mark| mark.backup == manifest.id)
    });
    let mark =
        before.unwrap_or_else(|| Restoring { backup: manifest.id, cell: uuid_v4(&OsRng::new()) });
    let text =
        serde_json::to_vec(&mark).map_err(|e| CliError::internal("backup.mark", e.to_string()))?;
    files::write_atomically(&path, &text, files::PUBLIC)?;
    folder_files::empty(folder, &[RESTORING, LOCK])?;
    Ok(mark.cell)
}

fn open_folder(root: &Path) -> Result<Vault, CliError> {
    files::make_private_folder(root)?;
    let store = FolderStore::open(root).map_err(|e| files::io_error("open", root, &e))?;
    Ok(Vault::new(Arc::new(store)))
}

async fn open_bucket(url: &str) -> Result<Vault, CliError> {
    let rng: Arc<dyn Rng> = Arc::new(OsRng::new());
    let store = open_store(url)?;
    prove_store(&*store, url, &*rng).await?;
    Ok(Vault::new(Arc::new(RetryingStore::for_a_while(store, rng, PATIENCE))))
}

/// The cell as files: the next start recovers it.
async fn into_folder(
    vault: &Vault,
    manifest: &BackupManifest,
    to: &Vault,
    source: &str,
) -> Result<(), CliError> {
    let prefix = format!("{CELL}/");
    for name in manifest.files.keys() {
        let Some(key) = name.strip_prefix(&prefix) else { continue };
        let bytes = fetch(vault, name, source).await?;
        let put = to.put(key.to_owned(), bytes.into(), PutMode::IfAbsent).await;
        put.map_err(|e| place_failed("the data folder", &e))?;
    }
    Ok(())
}

/// The cell under a new id in an empty store.
async fn into_store(vault: &Vault, to: &Vault, cell: Uuid, places: &str) -> Result<(), CliError> {
    if is_done(to, cell).await.map_err(|e| place_failed(places, &e))? {
        return Ok(());
    }
    let to: Arc<dyn ObjectStore> = Arc::new(to.clone());
    let what = Restoration { cell, snapshot: uuid_v4(&OsRng::new()), even_alive: false };
    let copied = restore(&vault.below(CELL), &to, what).await;
    copied.map(|_| ()).map_err(|e| not_copied(places, &e))
}

/// Whether an attempt before has made this cell whole.
async fn is_done(to: &dyn ObjectStore, cell: Uuid) -> Result<bool, StoreError> {
    let there = match to.get(ObjectKey::Cell.to_string()).await {
        Ok((bytes, _)) => serde_json::from_slice::<CellMarker>(&bytes).ok(),
        Err(StoreError::NotFound(_)) => None,
        Err(e) => return Err(e),
    };
    Ok(there.is_some_and(|marker| marker.cell == cell) && refuse_unfinished(to).await.is_ok())
}

/// The control plane's store, and other files but the one that ends the restore.
async fn rest(
    vault: &Vault,
    manifest: &BackupManifest,
    folder: &Path,
    source: &str,
) -> Result<(), CliError> {
    let store = fetch(vault, CONTROL, source).await?;
    folder_files::write(folder, control_plane::STORE, &store)?;
    let prefix = format!("{FOLDER}/");
    for name in manifest.files.keys() {
        let Some(own) = name.strip_prefix(&prefix).filter(|own| *own != FORMAT) else { continue };
        folder_files::write(folder, own, &fetch(vault, name, source).await?)?;
    }
    Ok(())
}

async fn fetch(vault: &Vault, name: &str, source: &str) -> Result<bytes::Bytes, CliError> {
    let got = vault.get(name.to_owned()).await;
    got.map(|(bytes, _)| bytes).map_err(|e| place_failed(source, &e))
}
