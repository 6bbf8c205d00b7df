use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use storage::file_index::FileIndex;
use storage::ids::BrokerEpoch;
use storage::keys::wal_prefix;
use storage::object_ref::ObjectRef;
use storage::planted::{Planted, on};
use storage::slot::{
    EncodedSlot, HEADER_SIZE, ScannedSlot, SlotHeader, TAIL_SIZE, read_footer, verify_body,
};
use storage::wal::{LogRead, ScannedFile, WalError, WalRead};
use uuid::Uuid;

use crate::error::wal_error;
use crate::scan::{read_up_to, scan};

const OPEN_FILES_MAX: usize = 128;

/// Reads WAL files below a root, keeping some of them open.
#[derive(Debug, Clone)]
pub struct DiskWalReader(Arc<Files>);

#[derive(Debug)]
struct Files {
    root: PathBuf,
    open: Mutex<HashMap<ObjectRef, Arc<File>>>,
}

impl DiskWalReader {
    /// A reader below the cell's folder.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self(Arc::new(Files { root: root.into(), open: Mutex::new(HashMap::new()) }))
    }

    /// Runs `work` on a thread that may block.
    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, io::Result<T>> {
        let reader = self.clone();
        let task = tokio::task::spawn_blocking(move || work(&reader));
        async move { task.await.unwrap_or_else(|e| Err(io::Error::other(e))) }.boxed()
    }

    fn path(&self, file: &ObjectRef) -> PathBuf {
        let (epoch, slot) = file.wal_parts();
        self.0.root.join(wal_prefix(epoch, file.lane)).join(format!("{slot:016x}"))
    }

    fn handle(&self, file: &ObjectRef) -> io::Result<Arc<File>> {
        if let Some(handle) = self.0.open.lock().get(file) {
            return Ok(Arc::clone(handle));
        }
        let path = self.path(file);
        let handle = File::open(&path)
            .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))?;
        let handle = Arc::new(handle);
        let mut open = self.0.open.lock();
        if open.len() >= OPEN_FILES_MAX {
            open.clear();
        }
        open.insert(*file, Arc::clone(&handle));
        Ok(handle)
    }
}

impl LogRead for DiskWalReader {
    fn read(
        &self,
        object: ObjectRef,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, io::Result<Vec<Bytes>>> {
        self.run(move |r| {
            let read =
                |range: Range<u64>| WalRead::read(r, &object, range.start, range.end - range.start);
            ranges.into_iter().map(read).collect()
        })
    }

    fn directory(&self, cell: Uuid, object: ObjectRef) -> BoxFuture<'_, io::Result<FileIndex>> {
        self.run(move |r| {
            let last = r.last_slot(cell, &object)?;
            Ok(FileIndex::from_rollup(&last.footer.rollup))
        })
    }
}

impl WalRead for DiskWalReader {
    fn read(&self, file: &ObjectRef, offset: u64, length: u64) -> io::Result<Bytes> {
        let handle = self.handle(file)?;
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let mut buf = BytesMut::zeroed(length);
        handle.read_exact_at(&mut buf, offset)?;
        Ok(buf.freeze())
    }

    fn files(&self, epoch: BrokerEpoch) -> io::Result<Vec<ObjectRef>> {
        let entries = match fs::read_dir(self.0.root.join(wal_prefix(epoch, 0))) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let mut slots = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            if let Ok(slot) = u64::from_str_radix(&name.to_string_lossy(), 16) {
                slots.push(slot);
            }
        }
        slots.sort_unstable();
        Ok(slots.into_iter().map(|slot| ObjectRef::wal_file(0, epoch, 0, slot)).collect())
    }

    fn scan(&self, cell: Uuid, file: &ObjectRef) -> io::Result<ScannedFile> {
        scan(&*self.handle(file)?, cell, file)
    }

    fn verify(&self, file: &ObjectRef, slot: &ScannedSlot) -> io::Result<bool> {
        let handle = self.handle(file)?;
        let total = usize::try_from(slot.header.total_len()).map_err(io::Error::other)?;
        let mut buf = vec![0; total];
        let n = read_up_to(&handle, &mut buf, slot.position)?;
        Ok(n == total && verify_body(&slot.header, &buf).is_ok())
    }

    fn sync_file(&self, file: &ObjectRef) -> Result<(), WalError> {
        let path = self.path(file);
        let handle = OpenOptions::new().write(true).open(&path);
        let synced = handle.and_then(|h| h.sync_data());
        synced.map_err(|e| wal_error("fdatasync", &path, e))
    }

    fn seal_file(&self, file: &ObjectRef, end: u64, seal: &EncodedSlot) -> Result<(), WalError> {
        let path = self.path(file);
        let io = |what| {
            let path = &path;
            move |e: io::Error| wal_error(what, path, e)
        };
        let handle = OpenOptions::new().write(true).open(&path).map_err(io("open"))?;
        let mut bytes = BytesMut::new();
        seal.parts().for_each(|p| bytes.extend_from_slice(p));
        handle.write_all_at(&bytes, end).map_err(io("write"))?;
        handle.set_len(end + bytes.len() as u64).map_err(io("truncate"))?;
        if on(Planted::RecoveredUnsynced) {
            return Ok(());
        }
        handle.sync_all().map_err(io("sync"))
    }

    fn last_slot(&self, cell: Uuid, file: &ObjectRef) -> io::Result<ScannedSlot> {
        let handle = self.handle(file)?;
        let bad = |what: &str| {
            let text = format!("{}: {what}", self.path(file).display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        let len = handle.metadata()?.len();
        let mut tail = [0; TAIL_SIZE];
        handle.read_exact_at(&mut tail, len.saturating_sub(TAIL_SIZE as u64))?;
        let footer_len = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
        let position = len
            .checked_sub(footer_len + HEADER_SIZE as u64)
            .ok_or_else(|| bad("the file does not end in a closing slot"))?;
        let mut slot = vec![0; usize::try_from(len - position).map_err(io::Error::other)?];
        handle.read_exact_at(&mut slot, position)?;
        let (epoch, _) = file.wal_parts();
        let number = slot[48..56].iter().rev().fold(0_u64, |n, b| (n << 8) | u64::from(*b));
        let head = slot.first_chunk().ok_or_else(|| bad("the file is too short"))?;
        let header =
            SlotHeader::parse(head, cell, epoch, number).map_err(|e| bad(&e.to_string()))?;
        verify_body(&header, &slot).map_err(|e| bad(&e.to_string()))?;
        let footer = read_footer(&header, &slot[HEADER_SIZE..]).map_err(|e| bad(&e.to_string()))?;
        Ok(ScannedSlot { position, header, footer })
    }

    fn delete(&self, file: &ObjectRef) -> io::Result<()> {
        self.0.open.lock().remove(file);
        match fs::remove_file(self.path(file)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}
