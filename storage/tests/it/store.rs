//! An object store in memory, for logic that needs one.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use parking_lot::Mutex;
use storage::store::{ETag, ObjectStore, PutMode, StoreError};

/// Bytes and version of every object.
type Objects = BTreeMap<String, (Bytes, u64)>;

#[derive(Debug, Default)]
pub(crate) struct MemoryStore(Mutex<(u64, Objects)>);

impl ObjectStore for MemoryStore {
    fn put(
        &self,
        key: String,
        body: Bytes,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        let (version, objects) = &mut *self.0.lock();
        let present = objects.get(&key).map(|(_, v)| ETag(v.to_string()));
        let refused = match (mode, present) {
            (PutMode::IfAbsent, Some(_)) => Some(StoreError::Exists(key.clone())),
            (PutMode::IfMatch(e), Some(p)) if e == p => None,
            (PutMode::IfMatch(_), _) => Some(StoreError::Changed(key.clone())),
            (PutMode::IfAbsent, None) => None,
        };
        if let Some(error) = refused {
            return ready(Err(error)).boxed();
        }
        *version += 1;
        objects.insert(key, (body, *version));
        ready(Ok(ETag(version.to_string()))).boxed()
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        let found = self.0.lock().1.get(&key).map(|(b, v)| (b.clone(), ETag(v.to_string())));
        ready(found.ok_or(StoreError::NotFound(key))).boxed()
    }

    fn list(&self, prefix: String) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        let folder = format!("{prefix}/");
        let keys = self.0.lock().1.keys().filter(|k| k.starts_with(&folder)).cloned().collect();
        ready(Ok(keys)).boxed()
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.lock().1.remove(&key);
        ready(Ok(())).boxed()
    }
}
