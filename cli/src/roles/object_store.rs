//! Opens the store that an address names.

use std::collections::BTreeMap;
use std::sync::Arc;

use common_errors::ErrorKind;
use common_seams::SystemClock;
use storage::store::ObjectStore;
use storage_disk::FolderStore;
use storage_object::{BucketStore, StoreUrl};

use crate::error::CliError;
use crate::files;

/// Opens the store at `url`; credentials come from the environment. Nothing is sent to it.
pub(crate) fn open_store(url: &str) -> Result<Arc<dyn ObjectStore>, CliError> {
    let url = StoreUrl::parse(url).map_err(|e| {
        CliError::usage("store.address", e.to_string())
            .suggest("Name a folder, as in `file:///var/lib/weir-cell`, or a bucket, as in `s3://bucket/prefix`.")
    })?;
    match url {
        StoreUrl::Folder(path) => {
            files::make_private_folder(&path)?;
            let store = FolderStore::open(&path).map_err(|e| files::io_error("open", &path, &e))?;
            Ok(Arc::new(store))
        }
        StoreUrl::Bucket(bucket) => {
            let store = BucketStore::open(&bucket, &environment(), Arc::new(SystemClock));
            let store = store.map_err(|e| {
                CliError::new(ErrorKind::Invalid, "store.settings", e.to_string())
                    .suggest("See docs/operate/object-stores.md for the settings of each service.")
            })?;
            Ok(Arc::new(store))
        }
    }
}

/// As [`open_store`], but makes no folder.
pub(crate) fn open_store_that_is_there(url: &str) -> Result<Arc<dyn ObjectStore>, CliError> {
    if let Ok(StoreUrl::Folder(path)) = StoreUrl::parse(url)
        && !path.is_dir()
    {
        let message = format!("there is no folder {}", path.display());
        return Err(CliError::new(ErrorKind::NotFound, "store.unknown", message)
            .suggest("Name the store as it was given to `weir up --store`."));
    }
    open_store(url)
}

pub(super) fn environment() -> BTreeMap<String, String> {
    let texts = std::env::vars_os().map(|(k, v)| (k.into_string(), v.into_string()));
    texts.filter_map(|(k, v)| Some((k.ok()?, v.ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_only_read_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("file://{}/none", dir.path().display());
        assert_eq!(open_store_that_is_there(&url).unwrap_err().code, "store.unknown");
        assert!(!dir.path().join("none").exists());
    }

    #[test]
    fn an_address_names_a_folder_or_a_bucket() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("cell");
        open_store(&format!("file://{}", folder.display())).unwrap();
        assert!(folder.is_dir());
        open_store("s3://bucket/prefix?endpoint=http://127.0.0.1:9&region=us-east-1").unwrap();
        let error = open_store("ftp://x/y").unwrap_err();
        assert_eq!((error.kind, &*error.code), (ErrorKind::Invalid, "store.address"));
    }
}
