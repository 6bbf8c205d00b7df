//! Makes a backup.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use api_db::copy_file;
use bytes::Bytes;
use common_errors::ErrorKind;
use common_seams::{Clock, OsRng, Rng, SystemClock, uuid_v4};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use storage::retry::RetryingStore;
use storage::store::{ObjectStore, PutMode, StoreError};
use storage::transfer::{Companion, Copied, DiskCopy, Restoration, copy_disk, restore_with};
use storage_disk::{DiskWalReader, FolderStore};
use uuid::Uuid;

use super::error::{not_copied, place_failed};
use super::folder_files::{self, KEYS};
use super::manifest::{BackupManifest, CELL, CONTROL, FILE, FOLDER, FORMAT, Keys, PARTIAL, Tier};
use super::place::{self, PATIENCE};
use super::progress::watched;
use super::vault::Vault;
use crate::error::CliError;
use crate::files;
use crate::roles::{cell_store, database, format, meta_store, open_store_that_is_there};

/// Where a backup works in the data folder, and its lock.
const SCRATCH: &str = "backup";
const LOCK: &str = "lock";

/// What to back up, and where to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackUp<'a> {
    /// The data folder of a Weir, which may run.
    pub(crate) folder: &'a Path,
    /// An empty place: a path or a URL.
    pub(crate) target: &'a str,
    /// Whether what opens encrypted records is copied.
    pub(crate) with_keys: bool,
}

/// A backup that is whole.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) manifest: BackupManifest,
    pub(crate) took: Duration,
}

/// Whose backup is being made.
#[derive(Debug, Serialize, Deserialize)]
struct Partial {
    format: u32,
    /// The data folder, so that no other one goes on with it.
    folder: PathBuf,
}

/// Backs a Weir up, also while it runs. Killed at any moment, it leaves a mark that the target is not whole;
/// the next run with the same target begins anew.
pub(crate) async fn back_up(what: BackUp<'_>) -> Result<Made, CliError> {
    let started = SystemClock.mono();
    let began_at_ms = SystemClock.wall_ms();
    let Some(folder_format) = format::read(what.folder)? else {
        let message = format!("{} is no data folder", what.folder.display());
        return Err(CliError::new(ErrorKind::NotFound, "folder.unknown", message)
            .suggest("Name the folder of `weir up` with `--data-dir DIR`."));
    };
    let folder = what.folder.canonicalize();
    let folder = folder.map_err(|e| files::io_error("open", what.folder, &e))?;
    refuse_database(&folder)?;
    let _alone = take_scratch(&folder)?;
    let vault = place::open_to_write(what.target).await?;
    begin(&vault, &folder, what.target).await?;
    let control = ControlStore::new(&folder, &vault);
    let (tier, copied) =
        watched("copied", vault.sums(), copy_cell(&folder, &vault, &control, what.target)).await?;
    // After the cell: wrapping keys are only ever added, so these open all that was copied.
    for (name, content) in folder_files::read_all(&folder, what.with_keys)? {
        let put = vault.put_over(&format!("{FOLDER}/{name}"), content.into()).await;
        put.map_err(|e| place_failed(what.target, &e))?;
    }
    let known = control.known.lock().take();
    let (store_format, installation) = known.unwrap_or_default();
    let keys = match (folder.join(KEYS).exists(), what.with_keys) {
        (false, _) => Keys::None,
        (true, true) => Keys::Included,
        (true, false) => Keys::LeftOut,
    };
    let manifest = BackupManifest {
        format: FORMAT,
        id: uuid_v4(&OsRng::new()),
        installation,
        weir_version: env!("CARGO_PKG_VERSION").to_owned(),
        began_at_ms,
        ended_at_ms: SystemClock.wall_ms(),
        tier,
        cell: copied.cell,
        folder_format: folder_format.format,
        store_format,
        keys,
        files: content_of(&vault),
    };
    end(&vault, &manifest).await.map_err(|e| place_failed(what.target, &e))?;
    let took = SystemClock.mono().saturating_sub(started);
    Ok(Made { manifest, took })
}

/// A copy of the cell and of a database are of one moment only if one command makes both, which this one cannot.
fn refuse_database(folder: &Path) -> Result<(), CliError> {
    let Some(url) = database::remembered(folder)? else { return Ok(()) };
    let message = format!("the control plane of {} lies in {url}", folder.display());
    Err(CliError::new(ErrorKind::Precondition, "backup.database", message)
        .suggest(format!("Stop `weir up`, and copy the database with `pg_dump --format=custom {url} > control.dump`."))
        .suggest("Copy the data folder, and the records with `weir cell restore`: docs/operate/postgres.md says how."))
}

fn content_of(vault: &Vault) -> std::collections::BTreeMap<String, super::manifest::FileSum> {
    let mut files = vault.sums().lock().clone();
    files.remove(PARTIAL);
    files
}

/// One backup of a folder at a time, with room for the copy of its store.
fn take_scratch(folder: &Path) -> Result<File, CliError> {
    let scratch = folder.join(SCRATCH);
    files::make_private_folder(&scratch)?;
    let path = scratch.join(LOCK);
    let failed = |e: std::io::Error| files::io_error("lock", &path, &e);
    let lock = File::create(&path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let message = format!("a backup of {} is being made", folder.display());
            return Err(CliError::new(ErrorKind::Conflict, "backup.running", message)
                .suggest("Wait until it is done, and run the command again."));
        }
        Err(TryLockError::Error(e)) => return Err(failed(e)),
    }
    folder_files::empty(&scratch, &[LOCK])?;
    Ok(lock)
}

/// Marks an empty place, or one with what an attempt before has left, which goes.
async fn begin(vault: &Vault, folder: &Path, target: &str) -> Result<(), CliError> {
    let failed = |e: StoreError| place_failed(target, &e);
    match vault.get(PARTIAL.to_owned()).await {
        Ok((bytes, _)) => {
            let mark: Option<Partial> = serde_json::from_slice(&bytes).ok();
            if mark.is_none_or(|mark| mark.folder != folder) {
                return Err(not_empty(target, "an unfinished backup of another data folder"));
            }
            for key in vault.list(String::new()).await.map_err(failed)? {
                if key != PARTIAL {
                    vault.delete(key).await.map_err(failed)?;
                }
            }
            return Ok(());
        }
        Err(StoreError::NotFound(_)) => {}
        Err(e) => return Err(failed(e)),
    }
    if let Some(object) = vault.list_after(String::new(), None, 1).await.map_err(failed)?.pop() {
        return Err(not_empty(target, &object.key));
    }
    let mark = Partial { format: FORMAT, folder: folder.to_owned() };
    let body =
        serde_json::to_vec(&mark).map_err(|e| CliError::internal("backup.mark", e.to_string()))?;
    vault.put(PARTIAL.to_owned(), body.into(), PutMode::IfAbsent).await.map_err(failed)?;
    Ok(())
}

fn not_empty(target: &str, what: &str) -> CliError {
    let message = format!("{target} is not empty: it holds {what}");
    CliError::new(ErrorKind::Conflict, "backup.not_empty", message)
        .suggest("Name a new folder or an empty prefix.")
}

async fn end(vault: &Vault, manifest: &BackupManifest) -> Result<(), StoreError> {
    let body = serde_json::to_vec_pretty(manifest).map_err(|e| StoreError::Io {
        what: "encode",
        key: FILE.to_owned(),
        reason: e.to_string(),
    })?;
    vault.put(FILE.to_owned(), body.into(), PutMode::IfAbsent).await?;
    vault.delete(PARTIAL.to_owned()).await
}

/// Copies the cell, and the control plane's store at the right moment.
async fn copy_cell(
    folder: &Path,
    vault: &Vault,
    control: &ControlStore,
    target: &str,
) -> Result<(Tier, Copied), CliError> {
    let rng: Arc<dyn Rng> = Arc::new(OsRng::new());
    let to: Arc<dyn ObjectStore> = Arc::new(vault.below(CELL));
    let (cell, snapshot) = (uuid_v4(&*rng), uuid_v4(&*rng));
    let (tier, copied) = match cell_store::remembered(folder)? {
        Some(url) => {
            let meta = meta_store::remembered(folder)?;
            let records = open_store_that_is_there(&url)?;
            let from = meta_store::join_to_read(records, meta.as_deref()).await?;
            let from = RetryingStore::for_a_while(from, rng, PATIENCE);
            let what = Restoration { cell, snapshot, even_alive: true };
            (Tier::Store, restore_with(&from, &to, what, control).await)
        }
        None => (Tier::Disk, copy_files(folder, to, (cell, snapshot), control).await?),
    };
    Ok((tier, copied.map_err(|e| not_copied(target, &e))?))
}

async fn copy_files(
    folder: &Path,
    to: Arc<dyn ObjectStore>,
    (cell, snapshot): (Uuid, Uuid),
    control: &ControlStore,
) -> Result<Result<Copied, storage::transfer::TransferError>, CliError> {
    let root = folder.join(cell_store::FOLDER);
    if !root.join("cell.json").exists() {
        let message = format!("the data folder {} has no records", folder.display());
        return Err(CliError::new(ErrorKind::Precondition, "folder.no_records", message)
            .suggest("Start it once: `weir up`."));
    }
    let from = FolderStore::open(&root).map_err(|e| files::io_error("open", &root, &e))?;
    let reader = DiskWalReader::new(&root);
    let what = DiskCopy { from: &from, files: &reader, to, cell, snapshot };
    Ok(copy_disk(&what, control).await)
}

/// The control plane's store, which goes with the cell.
struct ControlStore {
    path: PathBuf,
    scratch: PathBuf,
    vault: Vault,
    /// Its format, and whose it is, once it was copied.
    known: Mutex<Option<(i32, String)>>,
}

impl ControlStore {
    fn new(folder: &Path, vault: &Vault) -> Self {
        Self {
            path: folder.join(super::super::control_plane::STORE),
            scratch: folder.join(SCRATCH).join(CONTROL),
            vault: vault.clone(),
            known: Mutex::default(),
        }
    }

    async fn copy_once(&self) -> Result<(), String> {
        remove(&self.scratch)?;
        let copied = copy_file(&self.path, &self.scratch).await.map_err(|e| e.to_string())?;
        let bytes = fs::read(&self.scratch).map_err(|e| e.to_string())?;
        remove(&self.scratch)?;
        self.vault.put_over(CONTROL, Bytes::from(bytes)).await.map_err(|e| e.to_string())?;
        *self.known.lock() = Some((copied.format, copied.organization_id));
        Ok(())
    }
}

impl Companion for ControlStore {
    fn copy(&self) -> BoxFuture<'_, Result<(), String>> {
        self.copy_once().boxed()
    }
}

fn remove(path: &Path) -> Result<(), String> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.to_string()),
        _ => Ok(()),
    }
}
