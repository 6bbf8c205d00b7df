use uuid::Uuid;

use crate::meta::MetaError;
use crate::object_wal::SealError;
use crate::store::StoreError;
use crate::wal::WalError;

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Objects that were written.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Partitions with records, those of groups included.
    pub partitions: u64,
    /// The cell in the new place.
    pub cell: Uuid,
}

/// Why a cell was not copied. The source is as it was.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Metadata cannot be read or written.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// A slot cannot be read.
    #[error(transparent)]
    Wal(#[from] WalError),
    /// A log cannot be read to its end.
    #[error(transparent)]
    Log(#[from] SealError),
    /// There is no cell.
    #[error("there is no cell in the source: it has no {0}")]
    NoCell(String),
    /// An object cannot be read.
    #[error("{key} is damaged: {reason}")]
    Damaged {
        /// The object.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// Somebody may still write to the source.
    #[error("incarnation {epoch} of the source, on {node}, has not ended: it may be running")]
    Alive {
        /// The incarnation.
        epoch: u64,
        /// The name of its node.
        node: String,
    },
    /// The source changed whenever it was read.
    #[error("the source changes faster than it can be copied; stop its brokers, or try again")]
    Restless,
    /// The target has something.
    #[error("the target is not empty: it holds {0}")]
    NotEmpty(String),
    /// The target has a part of another cell.
    #[error("the target holds an unfinished copy of another cell; use another prefix, or empty it")]
    OtherCopy,
    /// The target has a part of a cell, and somebody wants to start it.
    #[error("this store holds an unfinished copy of a cell")]
    Unfinished,
    /// Records lie in files of a disk.
    #[error("the records of this cell lie on a local disk")]
    OnDisk,
    /// What goes with the cell was not copied.
    #[error("{0}")]
    Companion(String),
    /// Records are not yet where manifests say.
    #[error("placement group {} has records that its manifest does not name", .0)]
    NotClosed(u32),
    /// A file of records cannot be read.
    #[error("the records of {key} cannot be read: {reason}")]
    Unreadable {
        /// The object.
        key: String,
        /// What the system said.
        reason: String,
    },
}

pub(super) fn damaged(key: &str, reason: impl ToString) -> TransferError {
    TransferError::Damaged { key: key.to_owned(), reason: reason.to_string() }
}
