//! The store that keeps metadata, when it is not the one of the records.

use std::path::Path;
use std::sync::Arc;

use common_errors::ErrorKind;
use common_seams::{OsRng, Rng, uuid_v4};
use storage::split::{SplitError, SplitStore, refuse_split};
use storage::store::ObjectStore;
use storage_etcd::{EtcdAddress, EtcdStore, Login};

use super::object_store::environment;
use crate::error::CliError;
use crate::files;

/// Names the store of metadata, when there is one.
const REMEMBERED: &str = "meta-store";

/// A store of metadata alone.
pub(super) struct MetaStore {
    pub(super) url: String,
    pub(super) store: Arc<dyn ObjectStore>,
}

/// Whether an address is that of a store of metadata.
pub(crate) fn is_meta_store(url: &str) -> bool {
    url.starts_with("etcd://") || url.starts_with("etcds://")
}

/// Opens the etcd at `url`; credentials come from the environment. Nothing is sent to it.
pub(crate) fn open_meta_store(url: &str) -> Result<Arc<dyn ObjectStore>, CliError> {
    let address = EtcdAddress::parse(url).map_err(|e| {
        CliError::usage("meta_store.address", e.to_string())
            .suggest("Name the hosts and a prefix, as in `etcd://host:2379,host:2379/cell`.")
    })?;
    let login = Login::from_environment(&environment());
    let store = login.and_then(|login| EtcdStore::open(address, login, Arc::new(OsRng::new())));
    let store = store.map_err(|e| {
        CliError::new(ErrorKind::Invalid, "meta_store.settings", e.to_string())
            .suggest("See docs/operate/metadata-in-etcd.md for what the environment may set.")
    })?;
    Ok(Arc::new(store))
}

/// Opens the store that was asked for, or the one that the folder remembers. The one may name other
/// hosts than the other: that the store is the same shows in what it holds.
pub(super) fn choose(folder: &Path, asked: Option<&str>) -> Result<Option<MetaStore>, CliError> {
    let Some(url) = asked.map(str::to_owned).or(remembered(folder)?) else { return Ok(None) };
    let store = open_meta_store(&url)?;
    Ok(Some(MetaStore { url, store }))
}

/// The store of metadata of a folder, when it has one of its own.
pub(super) fn remembered(folder: &Path) -> Result<Option<String>, CliError> {
    let remembered = files::read(&folder.join(REMEMBERED))?;
    Ok(remembered.map(|b| String::from_utf8_lossy(&b).trim().to_owned()))
}

/// Joins records and metadata, and remembers where the metadata is. Without an address there must be
/// none elsewhere.
pub(super) async fn join(
    folder: &Path,
    records: Arc<dyn ObjectStore>,
    meta: Option<&MetaStore>,
    rng: &dyn Rng,
) -> Result<Arc<dyn ObjectStore>, CliError> {
    let Some(meta) = meta else {
        refuse_split(&*records).await.map_err(|e| not_joined(&e))?;
        return Ok(records);
    };
    let joined = SplitStore::bind(records, Arc::clone(&meta.store), uuid_v4(rng)).await;
    let joined = joined.map_err(|e| not_joined(&e))?;
    let line = format!("{}\n", meta.url);
    files::write_atomically(&folder.join(REMEMBERED), line.as_bytes(), files::PUBLIC)?;
    Ok(Arc::new(joined))
}

/// Joins records and metadata of a cell that exists, without writing anything.
pub(crate) async fn join_to_read(
    records: Arc<dyn ObjectStore>,
    meta_url: Option<&str>,
) -> Result<Arc<dyn ObjectStore>, CliError> {
    let Some(url) = meta_url else {
        refuse_split(&*records).await.map_err(|e| not_joined(&e))?;
        return Ok(records);
    };
    let joined = SplitStore::bound(records, open_meta_store(url)?).await;
    Ok(Arc::new(joined.map_err(|e| not_joined(&e))?))
}

fn not_joined(error: &SplitError) -> CliError {
    let (kind, code) = match error {
        SplitError::Store(_) => (ErrorKind::Unavailable, "store.unavailable"),
        SplitError::Elsewhere
        | SplitError::Together
        | SplitError::OtherCell
        | SplitError::Emptied => (ErrorKind::Conflict, "meta_store.other"),
        SplitError::Damaged(_) | SplitError::TooNew(_) => {
            (ErrorKind::Precondition, "meta_store.mark")
        }
    };
    CliError::new(kind, code, error.to_string())
        .suggest("Nothing was changed. See docs/operate/metadata-in-etcd.md.")
}

#[cfg(test)]
mod tests {
    use storage_disk::FolderStore;

    use super::*;

    #[test]
    fn a_folder_remembers_its_metadata_store_and_hosts_may_change() {
        let dir = tempfile::tempdir().unwrap();
        let chosen = |asked| choose(dir.path(), asked).unwrap().map(|meta| meta.url);
        assert_eq!(chosen(None), None);
        std::fs::write(dir.path().join(REMEMBERED), "etcd://a/cell\n").unwrap();
        assert_eq!(chosen(None).as_deref(), Some("etcd://a/cell"));
        assert_eq!(chosen(Some("etcd://b/cell")).as_deref(), Some("etcd://b/cell"));
    }

    #[tokio::test]
    async fn records_whose_metadata_lies_elsewhere_are_not_used_without_it() {
        let dir = tempfile::tempdir().unwrap();
        let open = |name: &str| -> Arc<dyn ObjectStore> {
            Arc::new(FolderStore::open(&dir.path().join(name)).unwrap())
        };
        for name in ["records", "meta"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        let rng = OsRng::new();
        join(dir.path(), open("records"), None, &rng).await.unwrap();
        SplitStore::bind(open("records"), open("meta"), uuid_v4(&rng)).await.unwrap();
        let error = join(dir.path(), open("records"), None, &rng).await.unwrap_err();
        assert_eq!(error.code, "meta_store.other");
    }

    #[test]
    fn what_is_no_etcd_is_refused() {
        assert!(is_meta_store("etcds://a/b") && !is_meta_store("s3://a/b"));
        open_meta_store("etcd://a,b:1/cell").unwrap();
        assert_eq!(open_meta_store("s3://a/b").unwrap_err().code, "meta_store.address");
    }
}
