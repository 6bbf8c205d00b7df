//! Where the records of `weir up` lie: in the data folder, or in a store that the folder remembers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use broker::cell::{DiskLog, LogTier, ObjectLog};
use common_errors::ErrorKind;
use common_seams::{Rng, SeededRng};
use storage::counted::CountedStore;
use storage::object_wal::FlushRule;
use storage::slow::{SlowStore, Slowness};
use storage::store::ObjectStore;
use storage::wal::FsyncPolicy;
use storage_disk::{DiskWal, DiskWalOptions, DiskWalReader, FolderStore};

use super::DataDir;
use super::background_bytes::BackgroundBytes;
use super::meta_store::{self, MetaStore};
use super::object_store::{environment, open_store};
use crate::error::CliError;
use crate::files;

/// The broker's part of the data folder.
pub(super) const FOLDER: &str = "cell";
/// Names the store, when records lie in one.
const REMEMBERED: &str = "store";
/// For benchmarks: makes the store as slow as one far away. Median and 99th percentile in milliseconds,
/// and a seed.
const SLOWNESS: &str = "WEIR_SIMULATED_STORE";
/// Bytes that a log file takes from the disk at a time.
const LOG_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// What the flags say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) store: Option<&'a str>,
    pub(super) meta_store: Option<&'a str>,
    pub(super) background_bytes: BackgroundBytes,
}

/// A place for records.
pub(super) struct CellStore {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) log: LogTier,
    /// The part of `store` that keeps metadata, when it is a store of its own.
    pub(super) meta: Option<MetaStore>,
    /// As people know it.
    pub(super) shown: String,
}

/// Opens the place that was asked for, or the one that the folder remembers.
pub(super) async fn open(
    folder: &Path,
    asked: Asked<'_>,
    fsync: FsyncPolicy,
    rng: &dyn Rng,
) -> Result<CellStore, CliError> {
    let Some(url) = choose(folder, asked.store)? else {
        if asked.meta_store.is_some() {
            return Err(CliError::usage("meta_store.alone", "`--meta-store` needs `--store`")
                .suggest("Metadata of a cell on the local disk lies on that disk."));
        }
        return open_folder(&folder.join(FOLDER), fsync);
    };
    let meta = meta_store::choose(folder, asked.meta_store)?;
    let asked_slowness = environment().remove(SLOWNESS);
    let (records, is_near) = match asked_slowness {
        None => (open_store(&url)?, url.starts_with("file:")),
        Some(text) => (slowed(open_store(&url)?, &text)?, false),
    };
    let store = meta_store::join(folder, records, meta.as_ref(), rng).await?;
    let store = Arc::new(CountedStore::new(store));
    let flush = if is_near { folder_flush() } else { FlushRule::default() };
    let background_bytes_per_second = asked.background_bytes.per_second();
    let log = ObjectLog { flush, background_bytes_per_second, ..ObjectLog::default() };
    let log = LogTier::Objects(log);
    Ok(CellStore { store, log, meta, shown: url })
}

fn slowed(store: Arc<dyn ObjectStore>, text: &str) -> Result<Arc<dyn ObjectStore>, CliError> {
    let numbers: Option<Vec<u64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    let Some([median, p99, seed]) = numbers.as_deref().filter(|n| n[0] > 0) else {
        let message = format!("{SLOWNESS} is {text:?}, not MEDIAN_MS,P99_MS,SEED");
        return Err(CliError::usage("store.slowness", message));
    };
    let ms = Duration::from_millis;
    let slowness = Slowness { median: ms(*median), p99: ms(*p99) };
    Ok(Arc::new(SlowStore::new(store, slowness, Arc::new(SeededRng::new(*seed)))))
}

/// A folder answers fast and asks no price for a request.
fn folder_flush() -> FlushRule {
    FlushRule {
        linger: Duration::from_millis(10),
        interval: Duration::from_millis(1),
        ..FlushRule::default()
    }
}

/// The store of a folder stays what it was at its first start: records do not follow a flag.
fn choose(folder: &Path, asked: Option<&str>) -> Result<Option<String>, CliError> {
    let remembered = remembered(folder)?;
    let asked = asked.map(|url| url.trim_end_matches('/').to_owned());
    match (remembered, asked) {
        (Some(there), Some(asked)) if there != asked => Err(other_store(folder, &there)),
        (None, Some(_)) if folder.join(FOLDER).join("cell.json").exists() => {
            Err(other_store(folder, "the folder itself"))
        }
        (None, Some(asked)) => {
            // A store that cannot be used is not remembered.
            open_store(&asked)?;
            remember(folder, &asked)?;
            Ok(Some(asked))
        }
        (remembered, _) => Ok(remembered),
    }
}

/// The store of a folder, when it has one.
pub(super) fn remembered(folder: &Path) -> Result<Option<String>, CliError> {
    let remembered = files::read(&folder.join(REMEMBERED))?;
    Ok(remembered.map(|b| String::from_utf8_lossy(&b).trim().to_owned()))
}

pub(super) fn remember(folder: &Path, url: &str) -> Result<(), CliError> {
    let line = format!("{url}\n");
    files::write_atomically(&folder.join(REMEMBERED), line.as_bytes(), files::PUBLIC)
}

/// Lets a folder that nobody uses find its records in another store from now on.
pub(crate) fn use_store(folder: &Path, url: &str) -> Result<(), CliError> {
    let (data, _) = DataDir::open(folder)?;
    if remembered(data.path())?.is_none() && data.path().join(FOLDER).join("cell.json").exists() {
        return Err(other_store(data.path(), "the folder itself"));
    }
    remember(data.path(), url.trim_end_matches('/'))
}

pub(super) fn other_store(folder: &Path, there: &str) -> CliError {
    let shown = folder.display();
    let message = format!("the records of the data folder {shown} lie in {there}");
    CliError::new(ErrorKind::Conflict, "store.other", message)
        .suggest("Start without `--store` to use them.")
        .suggest("Or start with another folder: `weir up --data-dir DIR --store URL`.")
}

fn open_folder(root: &Path, fsync: FsyncPolicy) -> Result<CellStore, CliError> {
    files::make_private_folder(root)?;
    let store = FolderStore::open(root).map_err(|e| files::io_error("open", root, &e))?;
    let options = DiskWalOptions { root: root.to_owned(), fsync, file_bytes: LOG_FILE_BYTES };
    let reader = DiskWalReader::new(root);
    let log = LogTier::Disk(DiskLog {
        files: Arc::new(reader.clone()),
        reader: Arc::new(reader),
        wal: Box::new(move |wal| Ok(Box::new(DiskWal::create(options, wal)?))),
    });
    Ok(CellStore { store: Arc::new(store), log, meta: None, shown: root.display().to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_remembers_its_store() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("data");
        std::fs::create_dir(&folder).unwrap();
        let url = format!("file://{}/", dir.path().join("bucket").display());
        let url = url.trim_end_matches('/');
        assert_eq!(choose(&folder, None).unwrap(), None);
        assert_eq!(choose(&folder, Some(&format!("{url}/"))).unwrap().as_deref(), Some(url));
        assert_eq!(choose(&folder, None).unwrap().as_deref(), Some(url));
        assert_eq!(choose(&folder, Some("file:///else")).unwrap_err().code, "store.other");
    }

    #[test]
    fn records_of_a_folder_are_not_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join(FOLDER)).unwrap();
        std::fs::write(dir.path().join(FOLDER).join("cell.json"), "{}").unwrap();
        let error = choose(dir.path(), Some("file:///else")).unwrap_err();
        assert_eq!(error.code, "store.other");
        assert_eq!(choose(dir.path(), None).unwrap(), None);
    }

    #[test]
    fn what_is_no_store_is_refused_and_not_remembered() {
        let dir = tempfile::tempdir().unwrap();
        for url in ["ftp://x/y", "file://x"] {
            assert_eq!(choose(dir.path(), Some(url)).unwrap_err().code, "store.address");
        }
        assert!(!dir.path().join(REMEMBERED).exists());
    }
}
