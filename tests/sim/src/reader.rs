use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use storage::ids::BrokerEpoch;
use storage::object_ref::ObjectRef;
use storage::planted::{Planted, on};
use storage::slot::{EncodedSlot, ScannedSlot};
use storage::wal::{ScannedFile, WalError, WalRead};
use storage_disk::DiskWalReader;
use uuid::Uuid;

use crate::power::{Cut, OFF, Power};
use crate::wal::path_of;

/// Reads go through; what changes a file needs power.
#[derive(Debug)]
pub(crate) struct PoweredReader {
    pub(crate) inner: DiskWalReader,
    pub(crate) power: Arc<Power>,
    pub(crate) root: PathBuf,
}

impl WalRead for PoweredReader {
    fn read(&self, file: &ObjectRef, offset: u64, length: u64) -> io::Result<Bytes> {
        WalRead::read(&self.inner, file, offset, length)
    }

    fn files(&self, epoch: BrokerEpoch) -> io::Result<Vec<ObjectRef>> {
        self.inner.files(epoch)
    }

    fn scan(&self, cell: Uuid, file: &ObjectRef) -> io::Result<ScannedFile> {
        self.inner.scan(cell, file)
    }

    fn verify(&self, file: &ObjectRef, slot: &ScannedSlot) -> io::Result<bool> {
        self.inner.verify(file, slot)
    }

    fn sync_file(&self, file: &ObjectRef) -> Result<(), WalError> {
        self.inner.sync_file(file)?;
        self.power.synced(&path_of(&self.root, file));
        Ok(())
    }

    fn seal_file(&self, file: &ObjectRef, end: u64, seal: &EncodedSlot) -> Result<(), WalError> {
        let cut = self.power.step();
        if matches!(cut, Some(Cut::After | Cut::None)) {
            self.inner.seal_file(file, end, seal)?;
            if !on(Planted::RecoveredUnsynced) {
                self.power.synced(&path_of(&self.root, file));
            }
        }
        if cut == Some(Cut::None) { Ok(()) } else { Err(off()) }
    }

    fn last_slot(&self, cell: Uuid, file: &ObjectRef) -> io::Result<ScannedSlot> {
        self.inner.last_slot(cell, file)
    }

    fn delete(&self, file: &ObjectRef) -> io::Result<()> {
        match self.power.step() {
            Some(Cut::None) => self.inner.delete(file),
            _ => Err(io::Error::other(OFF)),
        }
    }
}

fn off() -> WalError {
    WalError::Io { what: "seal", path: "an old file".to_owned(), reason: OFF.to_owned() }
}
