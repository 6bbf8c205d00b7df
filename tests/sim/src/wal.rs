use std::path::PathBuf;
use std::sync::Arc;

use storage::keys::wal_prefix;
use storage::object_ref::ObjectRef;
use storage::slot::EncodedSlot;
use storage::wal::{SlotPlace, WalError, WalStore};
use storage_disk::DiskWal;

use crate::power::{Cut, Disk, OFF, Power, Unsynced};

/// The disk WAL with a power supply. The inner WAL must not sync by itself.
pub(crate) struct PoweredWal {
    pub(crate) inner: DiskWal,
    pub(crate) root: PathBuf,
    pub(crate) power: Arc<Power>,
    pub(crate) disk: Disk,
    pub(crate) syncs: u64,
    /// The file that is being written.
    pub(crate) file: PathBuf,
}

impl PoweredWal {
    /// Writes, and tells the power supply what is not on the medium yet.
    fn write(&mut self, slot: &EncodedSlot) -> Result<SlotPlace, WalError> {
        let place = self.inner.put_slot(slot)?;
        let (from, to) = (place.position, place.position + slot.total_len());
        self.file = path_of(&self.root, &place.file);
        self.power.wrote(Unsynced { path: self.file.clone(), from, to });
        Ok(place)
    }

    fn sync_now(&mut self) -> Result<(), WalError> {
        self.syncs += 1;
        if self.disk == Disk::Lying && self.syncs.is_multiple_of(3) {
            return Ok(());
        }
        self.inner.sync()?;
        self.power.synced(&self.file);
        Ok(())
    }
}

impl WalStore for PoweredWal {
    fn put_slot(&mut self, slot: &EncodedSlot) -> Result<SlotPlace, WalError> {
        match self.power.step() {
            None | Some(Cut::Before) => Err(off("write")),
            Some(Cut::Between) => {
                self.write(slot)?;
                Err(off("fdatasync"))
            }
            Some(Cut::After) => {
                self.write(slot)?;
                self.sync_now()?;
                Err(off("fdatasync"))
            }
            Some(Cut::None) => {
                let place = self.write(slot)?;
                self.sync_now()?;
                Ok(place)
            }
        }
    }

    fn sync(&mut self) -> Result<(), WalError> {
        if self.power.is_off() { Err(off("fdatasync")) } else { self.sync_now() }
    }

    fn file_is_full(&self) -> bool {
        self.inner.file_is_full()
    }

    fn roll(&mut self, next_slot: u64) -> Result<(), WalError> {
        match self.power.step() {
            None | Some(Cut::Before | Cut::Between) => Err(off("roll")),
            Some(Cut::After) => {
                self.inner.roll(next_slot)?;
                self.power.synced(&self.file);
                Err(off("roll"))
            }
            Some(Cut::None) => {
                self.inner.roll(next_slot)?;
                self.power.synced(&self.file);
                Ok(())
            }
        }
    }

    fn close(&mut self) -> Result<(), WalError> {
        match self.power.step() {
            None | Some(Cut::Before | Cut::Between) => Err(off("close")),
            Some(cut) => {
                self.inner.close()?;
                self.power.synced(&self.file);
                if cut == Cut::None { Ok(()) } else { Err(off("close")) }
            }
        }
    }
}

fn off(what: &'static str) -> WalError {
    WalError::Io { what, path: "the log".to_owned(), reason: OFF.to_owned() }
}

/// Where the disk crate keeps a WAL file.
pub(crate) fn path_of(root: &std::path::Path, file: &ObjectRef) -> PathBuf {
    let (epoch, slot) = file.wal_parts();
    root.join(wal_prefix(epoch, file.lane)).join(format!("{slot:016x}"))
}
