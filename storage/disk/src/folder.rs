use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use storage::crc::crc32c;
use storage::store::{ETag, ObjectStore, PutMode, StoreError};

/// Objects as files below a root. The version of an object is length and CRC-32C of its bytes.
#[derive(Debug, Clone)]
pub struct FolderStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// Makes compare-and-rename one step; one process owns the folder.
    replace: Mutex<()>,
    scratch: AtomicU64,
}

impl FolderStore {
    /// A store below `root`, which is made when absent. Left-overs of a crash are removed.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(root: &Path) -> io::Result<Self> {
        let scratch = root.join("tmp");
        fs::create_dir_all(&scratch)?;
        for entry in fs::read_dir(&scratch)? {
            fs::remove_file(entry?.path())?;
        }
        let inner =
            Inner { root: root.into(), replace: Mutex::new(()), scratch: AtomicU64::new(0) };
        Ok(Self(Arc::new(inner)))
    }

    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        let inner = Arc::clone(&self.0);
        let task = tokio::task::spawn_blocking(move || work(&inner));
        async move {
            task.await.unwrap_or_else(|e| {
                Err(StoreError::Io { what: "task", key: String::new(), reason: e.to_string() })
            })
        }
        .boxed()
    }
}

impl ObjectStore for FolderStore {
    fn put(
        &self,
        key: String,
        body: Bytes,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        self.run(move |s| s.put(&key, &body, &mode))
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.run(move |s| s.get(&key))
    }

    fn list(&self, prefix: String) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        self.run(move |s| s.list(&prefix))
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.run(move |s| match fs::remove_file(s.root.join(&key)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("delete", &key, &e)),
            _ => Ok(()),
        })
    }
}

impl Inner {
    fn put(&self, key: &str, body: &[u8], mode: &PutMode) -> Result<ETag, StoreError> {
        let target = self.root.join(key);
        let scratch =
            self.root.join(format!("tmp/{}", self.scratch.fetch_add(1, Ordering::Relaxed)));
        let io = |what| move |e: io::Error| failed(what, key, &e);
        let folder = target.parent().unwrap_or(&self.root);
        make_folder(folder).map_err(io("create folder"))?;
        let written = write_synced(&scratch, body);
        if let Err(e) = written {
            // The error of the write is the one to report; a left-over goes at the next start.
            let _ = fs::remove_file(&scratch);
            return Err(failed("write", key, &e));
        }
        let guard = self.replace.lock();
        match mode {
            PutMode::IfAbsent => {
                renameat_with(CWD, &scratch, CWD, &target, RenameFlags::NOREPLACE).map_err(
                    |e| {
                        let _ = fs::remove_file(&scratch);
                        if e == rustix::io::Errno::EXIST {
                            StoreError::Exists(key.to_owned())
                        } else {
                            failed("rename", key, &e.into())
                        }
                    },
                )?;
            }
            PutMode::IfMatch(expected) => {
                let (_, actual) = self.get(key)?;
                if actual != *expected {
                    let _ = fs::remove_file(&scratch);
                    return Err(StoreError::Changed(key.to_owned()));
                }
                fs::rename(&scratch, &target).map_err(io("rename"))?;
            }
        }
        drop(guard);
        sync_folder(folder).map_err(io("sync folder"))?;
        Ok(etag(body))
    }

    fn get(&self, key: &str) -> Result<(Bytes, ETag), StoreError> {
        match fs::read(self.root.join(key)) {
            Ok(body) => {
                let tag = etag(&body);
                Ok((body.into(), tag))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::NotFound(key.to_owned()))
            }
            Err(e) => Err(failed("read", key, &e)),
        }
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = Vec::new();
        let mut folders = vec![prefix.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(self.root.join(&folder)) {
                Ok(entries) => entries,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(failed("list", &folder, &e)),
            };
            for entry in entries {
                let entry = entry.map_err(|e| failed("list", &folder, &e))?;
                let key = format!("{folder}/{}", entry.file_name().to_string_lossy());
                match entry.file_type() {
                    Ok(t) if t.is_dir() => folders.push(key),
                    Ok(_) => keys.push(key),
                    Err(e) => return Err(failed("list", &key, &e)),
                }
            }
        }
        keys.sort();
        Ok(keys)
    }
}

fn write_synced(path: &Path, body: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(body)?;
    file.sync_data()
}

/// Makes a folder and its parents, and syncs the parent of each one that is new.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folder(parent)?;
    }
    match fs::create_dir(folder) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => folder.parent().map_or(Ok(()), sync_folder),
    }
}

pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn etag(body: &[u8]) -> ETag {
    ETag(format!("{:x}-{:08x}", body.len(), crc32c(body)))
}

fn failed(what: &'static str, key: &str, e: &io::Error) -> StoreError {
    StoreError::Io { what, key: key.to_owned(), reason: e.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn conditions_hold_and_puts_survive_a_reopen() {
        let dir = tempfile::tempdir().unwrap();
        let store = FolderStore::open(dir.path()).unwrap();
        let put = |s: FolderStore, body: &'static str, mode| async move {
            s.put("pg/1/manifest".into(), body.into(), mode).await
        };
        let first = put(store.clone(), "a", PutMode::IfAbsent).await.unwrap();
        let again = put(store.clone(), "b", PutMode::IfAbsent).await;
        assert!(matches!(again, Err(StoreError::Exists(_))));
        let second = put(store.clone(), "b", PutMode::IfMatch(first.clone())).await.unwrap();
        let stale = put(store.clone(), "c", PutMode::IfMatch(first)).await;
        assert!(matches!(stale, Err(StoreError::Changed(_))));

        let store = FolderStore::open(dir.path()).unwrap();
        assert_eq!(store.get("pg/1/manifest".into()).await.unwrap(), ("b".into(), second));
        assert_eq!(store.list("pg".into()).await.unwrap(), ["pg/1/manifest"]);
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0, "no left-overs");
        store.delete("pg/1/manifest".into()).await.unwrap();
        let gone = store.get("pg/1/manifest".into()).await;
        assert!(matches!(gone, Err(StoreError::NotFound(_))));
    }
}
