//! An object store in memory, for logic that needs one.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use parking_lot::Mutex;
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreError};

/// Bytes and version of every object.
type Objects = BTreeMap<String, (Bytes, u64)>;

#[derive(Debug, Default)]
pub(crate) struct MemoryStore(Mutex<(u64, Objects)>);

impl ObjectStore for MemoryStore {
    fn put(
        &self,
        key: String,
        body: Payload,
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
        objects.insert(key, (body.concat(), *version));
        ready(Ok(ETag(version.to_string()))).boxed()
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        let found = self.0.lock().1.get(&key).map(|(b, v)| (b.clone(), ETag(v.to_string())));
        ready(found.ok_or(StoreError::NotFound(key))).boxed()
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        let Some((whole, _)) = self.0.lock().1.get(&key).cloned() else {
            return ready(Err(StoreError::NotFound(key))).boxed();
        };
        let size = whole.len() as u64;
        let (start, end) = match range {
            ByteRange::Between(r) => (r.start, r.end.min(size)),
            ByteRange::Last(n) => (size.saturating_sub(n), size),
        };
        let Some(cut) = whole.get(start as usize..end as usize) else {
            return ready(Err(StoreError::Range(key))).boxed();
        };
        ready(Ok(Part { bytes: whole.slice_ref(cut), size })).boxed()
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        let folder = format!("{prefix}/");
        let objects = &self.0.lock().1;
        let behind = objects.iter().filter(|(k, _)| {
            k.starts_with(&folder) && after.as_ref().is_none_or(|after| *k > after)
        });
        let found = behind.map(|(k, (b, _))| Listed { key: k.clone(), size: b.len() as u64 });
        ready(Ok(found.take(max).collect())).boxed()
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.lock().1.remove(&key);
        ready(Ok(())).boxed()
    }
}
