use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use storage::crc::crc32c_parts;
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreError};

use crate::scratch::Scratch;

/// Where files are written before they get their name; never listed.
const SCRATCH: &str = "tmp";

/// Objects as files below a root. The version of an object is length and CRC-32C of its bytes.
///
/// Several processes of one host may use a folder at once.
#[derive(Debug, Clone)]
pub struct FolderStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// Locked while compare-and-rename must be one step; threads of this process wait at the mutex.
    replace: Mutex<File>,
    scratch: Scratch,
}

impl FolderStore {
    /// A store below `root`, which is made when absent. Left-overs of a crash are removed.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(root: &Path) -> io::Result<Self> {
        let folder = root.join(SCRATCH);
        fs::create_dir_all(&folder)?;
        let replace = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(folder.join("lock"))?;
        replace.lock()?;
        let scratch = Scratch::new(&folder);
        replace.unlock()?;
        let inner = Inner { root: root.into(), replace: Mutex::new(replace), scratch: scratch? };
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
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        self.run(move |s| s.put(&key, &body, &mode))
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.run(move |s| s.get(&key))
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        self.run(move |s| s.get_range(&key, &range))
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        self.run(move |s| s.list(&prefix, after.as_deref(), max))
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.run(move |s| s.delete(&key))
    }
}

impl Inner {
    fn put(&self, key: &str, body: &Payload, mode: &PutMode) -> Result<ETag, StoreError> {
        let target = self.root.join(key);
        let scratch = self.scratch.next();
        let io = |what| move |e: io::Error| failed(what, key, &e);
        let folder = target.parent().unwrap_or(&self.root);
        make_folder(folder).map_err(io("create folder"))?;
        let written = write_synced(&scratch, body);
        if let Err(e) = written {
            // The error of the write is the one to report; a left-over goes at the next start.
            let _ = fs::remove_file(&scratch);
            return Err(failed("write", key, &e));
        }
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
                let swapped = self.swap(key, &scratch, &target, expected);
                if swapped.is_err() {
                    let _ = fs::remove_file(&scratch);
                }
                swapped?;
            }
        }
        sync_folder(folder).map_err(io("sync folder"))?;
        Ok(etag(body.parts().iter().map(|p| &p[..])))
    }

    fn swap(
        &self,
        key: &str,
        scratch: &Path,
        target: &Path,
        expected: &ETag,
    ) -> Result<(), StoreError> {
        self.alone(key, || {
            let actual = match self.get(key) {
                Ok((_, tag)) => Some(tag),
                Err(StoreError::NotFound(_)) => None,
                Err(e) => return Err(e),
            };
            if actual.as_ref() != Some(expected) {
                return Err(StoreError::Changed(key.to_owned()));
            }
            fs::rename(scratch, target).map_err(|e| failed("rename", key, &e))
        })
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.alone(key, || match fs::remove_file(self.root.join(key)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("delete", key, &e)),
            _ => Ok(()),
        })
    }

    /// Does `work` while no thread and no process swaps or deletes.
    fn alone(
        &self,
        key: &str,
        work: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let lock = self.replace.lock();
        lock.lock().map_err(|e| failed("lock the folder", key, &e))?;
        let done = work();
        lock.unlock().map_err(|e| failed("unlock the folder", key, &e))?;
        done
    }

    fn get(&self, key: &str) -> Result<(Bytes, ETag), StoreError> {
        match fs::read(self.root.join(key)) {
            Ok(body) => {
                let tag = etag([&body[..]]);
                Ok((body.into(), tag))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::NotFound(key.to_owned()))
            }
            Err(e) => Err(failed("read", key, &e)),
        }
    }

    fn get_range(&self, key: &str, range: &ByteRange) -> Result<Part, StoreError> {
        let io = |e: io::Error| match e.kind() {
            io::ErrorKind::NotFound => StoreError::NotFound(key.to_owned()),
            _ => failed("read", key, &e),
        };
        let file = File::open(self.root.join(key)).map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        let (start, end) = match range {
            ByteRange::Between(r) => (r.start, r.end.min(size)),
            ByteRange::Last(n) => (size.saturating_sub(*n), size),
        };
        if start >= end {
            return Err(StoreError::Range(key.to_owned()));
        }
        let len = usize::try_from(end - start).map_err(|e| io(io::Error::other(e)))?;
        let mut bytes = vec![0; len];
        file.read_exact_at(&mut bytes, start).map_err(io)?;
        Ok(Part { bytes: bytes.into(), size })
    }

    fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut found = Vec::new();
        let mut folders = vec![prefix.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(self.root.join(&folder)) {
                Ok(entries) => entries,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(failed("list", &folder, &e)),
            };
            for entry in entries {
                let entry = entry.map_err(|e| failed("list", &folder, &e))?;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let key =
                    if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
                match entry.metadata() {
                    Ok(m) if m.is_dir() && key != SCRATCH => folders.push(key),
                    Ok(m) if m.is_file() && after.is_none_or(|a| key.as_str() > a) => {
                        found.push(Listed { key, size: m.len() });
                    }
                    Ok(_) => {}
                    // Deleted between the two calls.
                    Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                    Err(e) => return Err(failed("list", &key, &e)),
                }
            }
        }
        found.sort_by(|a, b| a.key.cmp(&b.key));
        found.truncate(max);
        Ok(found)
    }
}

fn write_synced(path: &Path, body: &Payload) -> io::Result<()> {
    let mut file = File::create(path)?;
    for part in body.parts() {
        file.write_all(part)?;
    }
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

fn etag<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> ETag {
    let mut len = 0;
    let crc = crc32c_parts(parts.into_iter().inspect(|p| len += p.len()));
    ETag(format!("{len:x}-{crc:08x}"))
}

fn failed(what: &'static str, key: &str, e: &io::Error) -> StoreError {
    StoreError::Io { what, key: key.to_owned(), reason: e.to_string() }
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;
    use storage::prove::prove;

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
        store.delete("pg/1/manifest".into()).await.unwrap();
        let gone = store.get("pg/1/manifest".into()).await;
        assert!(matches!(gone, Err(StoreError::NotFound(_))));
    }

    #[tokio::test]
    async fn ranges_are_cut_at_the_end_of_the_object() {
        let dir = tempfile::tempdir().unwrap();
        let store = FolderStore::open(dir.path()).unwrap();
        let body: Payload = ["01234", "56789"].map(Bytes::from).into_iter().collect();
        store.put("a".into(), body, PutMode::IfAbsent).await.unwrap();
        let read = |range| async { store.get_range("a".into(), range).await };
        let part = |bytes: &'static str| Part { bytes: bytes.into(), size: 10 };
        assert_eq!(read(ByteRange::Between(3..7)).await, Ok(part("3456")));
        assert_eq!(read(ByteRange::Between(8..20)).await, Ok(part("89")));
        assert_eq!(read(ByteRange::Last(3)).await, Ok(part("789")));
        assert_eq!(read(ByteRange::Last(30)).await, Ok(part("0123456789")));
        let behind = Err(StoreError::Range("a".into()));
        assert_eq!(read(ByteRange::Between(10..12)).await, behind);
        let gone = store.get_range("b".into(), ByteRange::Last(1)).await;
        assert_eq!(gone, Err(StoreError::NotFound("b".into())));
    }

    #[tokio::test]
    async fn a_listing_starts_behind_a_key_and_ends_at_its_limit() {
        let dir = tempfile::tempdir().unwrap();
        let store = FolderStore::open(dir.path()).unwrap();
        for key in ["a/1", "a/2", "a/b/3", "ab/4", "c"] {
            store.put(key.into(), "x".into(), PutMode::IfAbsent).await.unwrap();
        }
        let list = |prefix: &str, after: Option<&str>, max| {
            let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
            let store = store.clone();
            async move {
                let found = store.list_after(prefix, after, max).await.unwrap();
                assert!(found.iter().all(|o| o.size == 1));
                found.into_iter().map(|o| o.key).collect::<Vec<_>>().join(" ")
            }
        };
        assert_eq!(list("a", None, 9).await, "a/1 a/2 a/b/3");
        assert_eq!(list("a", Some("a/1"), 9).await, "a/2 a/b/3");
        assert_eq!(list("a", Some("a/1x"), 1).await, "a/2");
        assert_eq!(list("", Some("a/2"), 9).await, "a/b/3 ab/4 c");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_keeps_what_fencing_rests_on() {
        let dir = tempfile::tempdir().unwrap();
        let store = FolderStore::open(dir.path()).unwrap();
        prove(&store, &SeededRng::new(1)).await.unwrap();
        assert_eq!(store.list(String::new()).await.unwrap(), Vec::<String>::new());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_handles_as_of_two_processes_have_one_winner() {
        let dir = tempfile::tempdir().unwrap();
        let handles = [(); 2].map(|()| FolderStore::open(dir.path()).unwrap());
        let mut tag = handles[0].put("k".into(), "0".into(), PutMode::IfAbsent).await.unwrap();
        for round in 1..50 {
            let swap = |n: usize| {
                let body = format!("{round} by {n}").into_bytes();
                handles[n].put("k".into(), body.into(), PutMode::IfMatch(tag.clone()))
            };
            let (a, b) = tokio::join!(swap(0), swap(1));
            assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
            tag = a.or(b).unwrap();
        }
    }
}
