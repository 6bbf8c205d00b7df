use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreError};
use storage_disk::FolderStore;

use crate::power::{Cut, OFF, Power};

/// Objects in a folder with a power supply. A put that returned is on the medium; one that the cut
/// interrupted is there as a whole, or not at all.
#[derive(Debug)]
pub(crate) struct PoweredStore {
    pub(crate) inner: FolderStore,
    pub(crate) power: Arc<Power>,
}

impl ObjectStore for PoweredStore {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        Box::pin(async move {
            match self.power.step() {
                Some(Cut::None) => self.inner.put(key, body, mode).await,
                Some(Cut::After) => {
                    self.inner.put(key.clone(), body, mode).await?;
                    Err(off("put", key))
                }
                Some(Cut::Before | Cut::Between) | None => Err(off("put", key)),
            }
        })
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.inner.get(key)
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        self.inner.get_range(key, range)
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        self.inner.list_after(prefix, after, max)
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            match self.power.step() {
                Some(Cut::None) => self.inner.delete(key).await,
                Some(Cut::After) => {
                    self.inner.delete(key.clone()).await?;
                    Err(off("delete", key))
                }
                Some(Cut::Before | Cut::Between) | None => Err(off("delete", key)),
            }
        })
    }
}

fn off(what: &'static str, key: String) -> StoreError {
    StoreError::Io { what, key, reason: OFF.to_owned() }
}
