//! Where a backup lies.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common_seams::OsRng;
use storage::retry::RetryingStore;
use storage::store::ObjectStore;
use storage_object::StoreUrl;

use super::vault::Vault;
use crate::error::CliError;
use crate::files;
use crate::roles::{open_store, open_store_that_is_there, prove_store};

/// How long a store that does not answer is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Opens a place to write to, and tests whether it can hold a backup.
pub(super) async fn open_to_write(place: &str) -> Result<Vault, CliError> {
    let url = url_of(place)?;
    let store = open_store(&url)?;
    if let Ok(StoreUrl::Folder(path)) = StoreUrl::parse(&url) {
        // Secrets lie in it.
        let private = fs::set_permissions(&path, fs::Permissions::from_mode(0o700));
        private.map_err(|e| files::io_error("protect", &path, &e))?;
    }
    prove_store(&*store, place, &OsRng::new()).await?;
    Ok(vault(store))
}

/// Opens a place that is only read.
pub(super) fn open_to_read(place: &str) -> Result<Vault, CliError> {
    Ok(vault(open_store_that_is_there(&url_of(place)?)?))
}

fn vault(store: Arc<dyn ObjectStore>) -> Vault {
    Vault::new(Arc::new(RetryingStore::for_a_while(store, Arc::new(OsRng::new()), PATIENCE)))
}

/// A path is a folder.
fn url_of(place: &str) -> Result<String, CliError> {
    if place.contains("://") {
        return Ok(place.to_owned());
    }
    let path = std::path::absolute(Path::new(place))
        .map_err(|e| files::io_error("find", Path::new(place), &e))?;
    Ok(format!("file://{}", path.display()))
}
