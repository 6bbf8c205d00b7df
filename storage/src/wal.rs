//! The port to a WAL.

use std::ops::Range;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::file_index::FileIndex;
use crate::ids::BrokerEpoch;
use crate::object_ref::ObjectRef;
use crate::slot::{EncodedSlot, ScannedSlot};
use crate::store::StoreError;

/// When a slot counts as durable on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FsyncPolicy {
    /// After fdatasync. The only one that keeps what was acknowledged through a power loss.
    Always,
    /// After the write; a sync follows at most this many milliseconds later. Not durable.
    Interval(u64),
    /// After the write. Not durable.
    Never,
}

impl FsyncPolicy {
    /// Whether an acknowledged record survives a power loss.
    #[must_use]
    pub fn is_durable(self) -> bool {
        self == Self::Always
    }
}

/// Where a slot was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotPlace {
    /// The file, as a reference to the whole of it.
    pub file: ObjectRef,
    /// First byte of the slot in the file.
    pub position: u64,
}

/// A definite failure: it ends the incarnation, nothing is retried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WalError {
    /// No room left.
    #[error("disk full while writing {path}: free space there and start again ({reason})")]
    Full {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// Write or sync failed. The page cache can no longer be trusted.
    #[error("{what} failed on {path}: {reason}; the log stops here, check the disk")]
    Io {
        /// The operation.
        what: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// Bytes that were durable are not there, or are not what was written.
    #[error(
        "log damaged in {path} at byte {position}: {reason}; nothing was changed. Restore the file, or move the folder away to start empty"
    )]
    Corrupt {
        /// The file.
        path: String,
        /// Where.
        position: u64,
        /// What is wrong.
        reason: String,
    },
    /// Another process sealed the log.
    #[error(
        "another process took this cell over: the log of incarnation {epoch} was sealed at slot {slot}. This one stops; nothing at or above that slot was acknowledged"
    )]
    Fenced {
        /// The incarnation that ends.
        epoch: u64,
        /// Where it met the seal, or the first slot that it cannot write any more.
        slot: u64,
    },
    /// Another process took the cell over.
    #[error(
        "another process took this cell over; incarnation {epoch} stops. What it had not acknowledged yet may be in the log or not"
    )]
    Replaced {
        /// The incarnation that ends.
        epoch: u64,
    },
    /// Something that is neither ours nor a seal lies where a slot should go.
    #[error(
        "{key} holds what this process did not write: {reason}. Is the store shared by two cells?"
    )]
    Foreign {
        /// The object.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// The store refused for good.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the WAL of one incarnation. Called by one thread only.
pub trait WalStore: Send {
    /// Writes a slot. With [`FsyncPolicy::Always`] it is durable when this returns.
    ///
    /// # Errors
    /// Definite failures only.
    fn put_slot(&mut self, slot: &EncodedSlot) -> Result<SlotPlace, WalError>;

    /// Syncs what was written and not yet synced.
    ///
    /// # Errors
    /// Definite failures only.
    fn sync(&mut self) -> Result<(), WalError>;

    /// Whether the next slot should open another file: the caller then puts a roll-up slot and calls
    /// [`WalStore::roll`].
    fn file_is_full(&self) -> bool;

    /// Closes the file, syncs it, and begins another at `next_slot`.
    ///
    /// # Errors
    /// Definite failures only.
    fn roll(&mut self, next_slot: u64) -> Result<(), WalError>;

    /// Closes the last file for good.
    ///
    /// # Errors
    /// Definite failures only.
    fn close(&mut self) -> Result<(), WalError>;
}

/// What a scan found in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedFile {
    /// The file.
    pub file: ObjectRef,
    /// Its slots, in order, without gaps.
    pub slots: Vec<ScannedSlot>,
    /// Byte after the last good slot.
    pub end: u64,
    /// Whether the file is longer: it was preallocated, and never cut.
    pub uncut: bool,
    /// Why the scan stopped, unless at a clean end.
    pub torn: Option<String>,
    /// Largest frontier in any valid header behind `end`: proof that something before it is lost.
    pub frontier_behind: Option<u64>,
}

/// Reads records back, on either tier. Shared by all readers.
pub trait LogRead: Send + Sync + std::fmt::Debug {
    /// Reads ranges of one object, in their order. A missing or short object is an error.
    fn read(
        &self,
        object: ObjectRef,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, std::io::Result<Vec<Bytes>>>;

    /// The directory of an object that is complete.
    fn directory(&self, cell: Uuid, object: ObjectRef)
    -> BoxFuture<'_, std::io::Result<FileIndex>>;
}

/// The WAL files of a disk, live and old ones, as recovery needs them.
pub trait WalRead: Send + Sync + std::fmt::Debug {
    /// Reads `length` bytes of a file. `NotFound` and short files are errors.
    ///
    /// # Errors
    /// What the system said.
    fn read(&self, file: &ObjectRef, offset: u64, length: u64) -> std::io::Result<Bytes>;

    /// Files of `epoch`, by first slot.
    ///
    /// # Errors
    /// What the system said.
    fn files(&self, epoch: BrokerEpoch) -> std::io::Result<Vec<ObjectRef>>;

    /// Walks headers and footers of a file and stops at the first slot that is absent or damaged.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn scan(&self, cell: Uuid, file: &ObjectRef) -> std::io::Result<ScannedFile>;

    /// Whether the content of a scanned slot matches its checksum.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn verify(&self, file: &ObjectRef, slot: &ScannedSlot) -> std::io::Result<bool>;

    /// Makes what the page cache shows of a file durable. No proof where a sync failed before.
    ///
    /// # Errors
    /// Definite failures only.
    fn sync_file(&self, file: &ObjectRef) -> Result<(), WalError>;

    /// Ends an old file after recovery: cuts it at `end`, appends `seal`, syncs.
    ///
    /// # Errors
    /// Definite failures only.
    fn seal_file(&self, file: &ObjectRef, end: u64, seal: &EncodedSlot) -> Result<(), WalError>;

    /// The last slot of a closed file.
    ///
    /// # Errors
    /// When the file has no valid end.
    fn last_slot(&self, cell: Uuid, file: &ObjectRef) -> std::io::Result<ScannedSlot>;

    /// Deletes a file; absence is no error.
    ///
    /// # Errors
    /// What the system said.
    fn delete(&self, file: &ObjectRef) -> std::io::Result<()>;
}
