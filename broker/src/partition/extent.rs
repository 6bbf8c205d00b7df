//! Where records of a partition lie.

use storage::file_index::ChunkAt;
use storage::object_ref::ObjectRef;

/// A chunk in the WAL that no manifest names yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenChunk {
    /// The file that is being written, or the slot.
    pub(crate) object: ObjectRef,
    pub(crate) at: ChunkAt,
}

/// A run of offsets in a closed WAL file or a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LiveExtent {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) file: ObjectRef,
    pub(crate) max_timestamp: i64,
    pub(crate) bytes: u64,
    /// The last key that seals some of it; 0 is none. The directory of the object says it chunk by chunk.
    pub(crate) encryption_key: u64,
}
