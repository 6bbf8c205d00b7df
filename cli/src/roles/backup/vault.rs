//! A part of a store, which remembers what was put into it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreError};

use super::manifest::FileSum;

/// What was put, by full name.
pub(super) type Sums = Arc<Mutex<BTreeMap<String, FileSum>>>;

/// A store below a folder of another one. Names in errors are full.
#[derive(Debug, Clone)]
pub(super) struct Vault {
    inner: Arc<dyn ObjectStore>,
    /// With a slash at its end; empty for all of it.
    prefix: String,
    sums: Sums,
}

impl Vault {
    pub(super) fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, prefix: String::new(), sums: Sums::default() }
    }

    /// A folder of it, with the same memory.
    pub(super) fn below(&self, folder: &str) -> Self {
        Self { prefix: format!("{}{folder}/", self.prefix), ..self.clone() }
    }

    /// What was put and not deleted since.
    pub(super) fn sums(&self) -> &Sums {
        &self.sums
    }

    /// Replaces an object.
    pub(super) async fn put_over(&self, key: &str, body: Bytes) -> Result<(), StoreError> {
        self.delete(key.to_owned()).await?;
        self.put(key.to_owned(), body.into(), PutMode::IfAbsent).await.map(|_| ())
    }

    fn full(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }
}

/// Size and checksum of bytes.
pub(super) fn sum_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> FileSum {
    let (mut hash, mut size) = (Sha256::new(), 0);
    for part in parts {
        hash.update(part);
        size += part.len() as u64;
    }
    let sha256 = hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    FileSum { size, sha256 }
}

impl ObjectStore for Vault {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        async move {
            let key = self.full(&key);
            let sum = sum_of(body.parts().iter().map(|part| &part[..]));
            let etag = self.inner.put(key.clone(), body, mode).await?;
            self.sums.lock().insert(key, sum);
            Ok(etag)
        }
        .boxed()
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.inner.get(self.full(&key))
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        self.inner.get_range(self.full(&key), range)
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        let prefix = self.full(&prefix).trim_end_matches('/').to_owned();
        let listed = self.inner.list_after(prefix, after.map(|key| self.full(&key)), max);
        async move {
            let own = |o: Listed| {
                let key = o.key.strip_prefix(&self.prefix)?.to_owned();
                Some(Listed { key, size: o.size })
            };
            Ok(listed.await?.into_iter().filter_map(own).collect())
        }
        .boxed()
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let key = self.full(&key);
            self.inner.delete(key.clone()).await?;
            self.sums.lock().remove(&key);
            Ok(())
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use storage_disk::FolderStore;

    use super::*;

    #[tokio::test]
    async fn a_folder_of_a_store_is_a_store_and_what_lies_in_it_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::new(Arc::new(FolderStore::open(dir.path()).unwrap()));
        let cell = vault.below("cell");
        cell.put("a/1".into(), "abc".into(), PutMode::IfAbsent).await.unwrap();
        cell.put("b".into(), "gone".into(), PutMode::IfAbsent).await.unwrap();
        vault.put("c".into(), "else".into(), PutMode::IfAbsent).await.unwrap();
        assert_eq!(cell.list(String::new()).await.unwrap(), ["a/1", "b"]);
        assert_eq!(cell.list("a".into()).await.unwrap(), ["a/1"]);
        cell.delete("b".into()).await.unwrap();
        vault.put_over("c", "new".into()).await.unwrap();
        let sums = vault.sums().lock().clone();
        assert_eq!(sums.keys().collect::<Vec<_>>(), ["c", "cell/a/1"]);
        // `printf abc | sha256sum`
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sums["cell/a/1"], FileSum { size: 3, sha256: abc.into() });
        assert_eq!(sums["c"], sum_of([&b"new"[..]]));
    }
}
