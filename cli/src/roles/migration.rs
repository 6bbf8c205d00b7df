//! Moves the records of a data folder into a store. Weir is stopped meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use broker::cell::{Cell, CellParts, CellSettings, Endpoint};
use broker::meta::ENTRIES_MAX;
use common_errors::ErrorKind;
use common_seams::{Clock, OsRng, Rng, SystemClock};
use storage::levels::FormatLevels;
use storage::retry::RetryingStore;
use storage::store::ObjectStore;
use storage::transfer::{Copied, Migration, TransferError, complete, migrate};
use storage::wal::FsyncPolicy;
use storage_disk::{DiskWalReader, FolderStore};

use super::DataDir;
use super::background_bytes::BackgroundBytes;
use super::cell_store::{self, FOLDER};
use super::encryption;
use super::local_cell::{not_open, prove_store};
use super::object_store::open_store;
use crate::error::CliError;
use crate::files;

/// Moves the records of the data folder to `url`. None: they lie there already.
///
/// Killed at any moment, it goes on when it is run again; until it is done the folder serves as before.
pub(crate) async fn move_to_store(folder: &Path, url: &str) -> Result<Option<Copied>, CliError> {
    let url = url.trim_end_matches('/');
    let Some(data) = DataDir::open_existing(folder)? else {
        let message = format!("{} is no data folder", folder.display());
        return Err(CliError::new(ErrorKind::NotFound, "folder.unknown", message)
            .suggest("Name the folder of `weir up` with `--data-dir DIR`."));
    };
    let folder = data.path();
    let rng: Arc<dyn Rng> = Arc::new(OsRng::new());
    let target = open_store(url)?;
    let to: Arc<dyn ObjectStore> =
        Arc::new(RetryingStore::for_ever(Arc::clone(&target), Arc::clone(&rng)));
    let failed = |error: TransferError| not_moved(&error);
    match cell_store::remembered(folder)? {
        // It was told to the folder, and killed before it told the store.
        Some(there) if there == url => {
            complete(&*to).await.map_err(|e| failed(e.into()))?;
            return Ok(None);
        }
        Some(there) => return Err(cell_store::other_store(folder, &there)),
        None => {}
    }
    let root = folder.join(FOLDER);
    if !root.join("cell.json").exists() {
        let message = format!("the data folder {} has no records", folder.display());
        return Err(CliError::new(ErrorKind::Precondition, "folder.no_records", message)
            .suggest("Start it with the store at once: `weir up --store URL`."));
    }
    prove_store(&*target, url, &*rng).await?;
    close(folder, &rng).await?;
    let from = FolderStore::open(&root).map_err(|e| files::io_error("open", &root, &e))?;
    let reader = DiskWalReader::new(&root);
    let what = Migration {
        from: &from,
        reader: &reader,
        files: &reader,
        to: Arc::clone(&to),
        clock: &SystemClock,
        rng: &*rng,
    };
    let copied = migrate(&what).await.map_err(failed)?;
    cell_store::remember(folder, url)?;
    complete(&*to).await.map_err(|e| failed(e.into()))?;
    Ok(Some(copied))
}

/// Opens the cell as a start would, and closes it: then all records are where manifests say.
async fn close(folder: &Path, rng: &Arc<dyn Rng>) -> Result<(), CliError> {
    let background_bytes = BackgroundBytes::default();
    let asked = cell_store::Asked { store: None, meta_store: None, background_bytes };
    let place = cell_store::open(folder, asked, FsyncPolicy::Always, &**rng).await?;
    let encryption = encryption::open(folder, None, &place.store, rng).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let parts = CellParts {
        store: place.store,
        log: place.log,
        clock,
        rng: Arc::clone(rng),
        company: None,
        encryption,
    };
    let cell = Cell::open(parts, settings()).await.map_err(|e| not_open(&place.shown, &e))?;
    let closed = cell.close().await;
    closed.map_err(|e| not_open(&place.shown, &e.into()))
}

/// Nobody connects, and nothing is made.
fn settings() -> CellSettings {
    let nowhere = Endpoint { host: "127.0.0.1".to_owned(), port: 0 };
    CellSettings {
        node: "local".to_owned(),
        broker_id: 1,
        zone: String::new(),
        peer: None,
        formats: FormatLevels::own(),
        fsync: FsyncPolicy::Always,
        cache_bytes: 1 << 20,
        placement_groups: 1,
        plain: nowhere.clone(),
        tls: nowhere,
        auto_create_topics: false,
        partitions_default: 1,
        retention_interval: Duration::from_secs(3600),
        metadata_entries: ENTRIES_MAX,
        producer_idle: Duration::from_secs(24 * 3600),
        initial_rebalance_delay: Duration::ZERO,
    }
}

fn not_moved(error: &TransferError) -> CliError {
    super::transfer_error::tell(error).suggest(
        "The data folder serves as before. Run the command again: it goes on where it ended.",
    )
}
