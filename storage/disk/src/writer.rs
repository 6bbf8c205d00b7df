use std::fs::{File, OpenOptions};
use std::io::IoSlice;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, fdatasync};
use rustix::io::{Errno, pwritev};
use storage::ids::WalIdentity;
use storage::keys::wal_prefix;
use storage::object_ref::ObjectRef;
use storage::slot::EncodedSlot;
use storage::wal::{FsyncPolicy, SlotPlace, WalError, WalStore};

use crate::error::wal_error;
use crate::folder::{make_folder, sync_folder};

const IOVECS_MAX: usize = 1024;
const FILE_BYTES_MIN: u64 = 4 << 20;

/// Settings of a disk WAL.
#[derive(Debug, Clone)]
pub struct DiskWalOptions {
    /// The cell's folder.
    pub root: PathBuf,
    /// When a slot counts as durable.
    pub fsync: FsyncPolicy,
    /// Bytes that are preallocated per file; less on a small disk.
    pub file_bytes: u64,
}

/// Writes slots into files, one thread, one file at a time.
#[derive(Debug)]
pub struct DiskWal {
    options: DiskWalOptions,
    wal: WalIdentity,
    folder: PathBuf,
    file: OpenFile,
    dirty: bool,
}

#[derive(Debug)]
struct OpenFile {
    handle: File,
    path: PathBuf,
    reference: ObjectRef,
    position: u64,
    capacity: u64,
}

impl DiskWal {
    /// Begins the WAL of a new incarnation.
    ///
    /// # Errors
    /// When the first file cannot be made.
    pub fn create(options: DiskWalOptions, wal: WalIdentity) -> Result<Self, WalError> {
        let folder = options.root.join(wal_prefix(wal.epoch, wal.lane));
        make_folder(&folder).map_err(|e| wal_error("create folder", &folder, e))?;
        let file = OpenFile::create(&options, &wal, &folder, 0)?;
        Ok(Self { options, wal, folder, file, dirty: false })
    }

    fn finish_file(&mut self) -> Result<(), WalError> {
        let file = &self.file;
        let io = |what| move |e: std::io::Error| wal_error(what, &file.path, e);
        file.handle.set_len(file.position).map_err(io("truncate"))?;
        if self.options.fsync != FsyncPolicy::Never {
            file.handle.sync_data().map_err(io("fdatasync"))?;
        }
        self.dirty = false;
        Ok(())
    }
}

impl WalStore for DiskWal {
    fn put_slot(&mut self, slot: &EncodedSlot) -> Result<SlotPlace, WalError> {
        let position = self.file.position;
        let parts: Vec<&[u8]> = slot.parts().map(|b| &b[..]).filter(|b| !b.is_empty()).collect();
        write_all_at(&self.file, &parts, position)?;
        self.file.position += slot.total_len();
        self.dirty = true;
        if self.options.fsync == FsyncPolicy::Always {
            self.sync()?;
        }
        Ok(SlotPlace { file: self.file.reference, position })
    }

    fn sync(&mut self) -> Result<(), WalError> {
        if self.dirty {
            fdatasync(&self.file.handle).map_err(|e| wal_error("fdatasync", &self.file.path, e))?;
            self.dirty = false;
        }
        Ok(())
    }

    fn file_is_full(&self) -> bool {
        self.file.position >= self.file.capacity
    }

    fn roll(&mut self, next_slot: u64) -> Result<(), WalError> {
        self.finish_file()?;
        self.file = OpenFile::create(&self.options, &self.wal, &self.folder, next_slot)?;
        Ok(())
    }

    fn close(&mut self) -> Result<(), WalError> {
        self.finish_file()
    }
}

impl OpenFile {
    fn create(
        options: &DiskWalOptions,
        wal: &WalIdentity,
        folder: &Path,
        first_slot: u64,
    ) -> Result<Self, WalError> {
        let path = folder.join(format!("{first_slot:016x}"));
        let io = |what| {
            let path = path.clone();
            move |e: std::io::Error| wal_error(what, &path, e)
        };
        let handle =
            OpenOptions::new().create_new(true).write(true).open(&path).map_err(io("create"))?;
        let free = rustix::fs::fstatvfs(&handle).map_err(|e| wal_error("statvfs", &path, e))?;
        let capacity =
            options.file_bytes.min((free.f_bavail * free.f_frsize) / 8).max(FILE_BYTES_MIN);
        match fallocate(&handle, FallocateFlags::empty(), 0, capacity) {
            // A file system without preallocation only loses the early warning of a full disk.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => {}
            Err(e) => {
                // An empty file would look like a WAL that lost its slots.
                let _ = std::fs::remove_file(&path);
                return Err(wal_error("preallocate", &path, e));
            }
        }
        handle.sync_all().map_err(io("sync"))?;
        sync_folder(folder).map_err(io("sync folder of"))?;
        let reference = ObjectRef::wal_file(wal.store, wal.epoch, wal.lane, first_slot);
        Ok(Self { handle, path, reference, position: 0, capacity })
    }
}

fn write_all_at(file: &OpenFile, parts: &[&[u8]], mut at: u64) -> Result<(), WalError> {
    for group in parts.chunks(IOVECS_MAX) {
        let mut slices: Vec<IoSlice<'_>> = group.iter().map(|p| IoSlice::new(p)).collect();
        let mut rest = &mut slices[..];
        while !rest.is_empty() {
            match pwritev(&file.handle, rest, at) {
                Ok(0) => {
                    let e = std::io::Error::from(std::io::ErrorKind::WriteZero);
                    return Err(wal_error("write", &file.path, e));
                }
                Ok(n) => {
                    at += n as u64;
                    IoSlice::advance_slices(&mut rest, n);
                }
                Err(Errno::INTR) => {}
                Err(e) => return Err(wal_error("write", &file.path, e)),
            }
        }
    }
    Ok(())
}
