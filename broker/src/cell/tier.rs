//! Where the log of a cell lies.

use std::sync::Arc;

use storage::ids::WalIdentity;
use storage::object_wal::FlushRule;
use storage::wal::{LogRead, WalError, WalRead, WalStore};

/// Makes the WAL of a new incarnation.
pub type WalFactory = Box<dyn FnOnce(WalIdentity) -> Result<Box<dyn WalStore>, WalError> + Send>;

/// Bytes a second of background work, unless somebody says otherwise.
pub const BACKGROUND_BYTES_PER_SECOND: u64 = 64 << 20;

/// The two tiers.
pub enum LogTier {
    /// Files on a disk that this process alone writes.
    Disk(DiskLog),
    /// Objects in the cell's store, which may outlive this machine.
    Objects(ObjectLog),
}

/// A log on a disk.
pub struct DiskLog {
    /// WAL files, old and new.
    pub files: Arc<dyn WalRead>,
    /// Reads records back.
    pub reader: Arc<dyn LogRead>,
    /// The WAL of this incarnation.
    pub wal: WalFactory,
}

/// Settings of a log on an object store.
#[derive(Debug, Clone, Copy)]
pub struct ObjectLog {
    /// Most slots in flight.
    pub slots_in_flight: u32,
    /// When a buffer becomes a slot.
    pub flush: FlushRule,
    /// Bytes of blocks that were read and are kept.
    pub block_cache_bytes: usize,
    /// New bytes after which slots are compacted into a segment.
    pub pass_bytes: usize,
    /// Most slots that are not compacted; then producers wait.
    pub slots_max: u64,
    /// So many small extents of a partition become one.
    pub merge_from: usize,
    /// Bytes a second that compaction, merging and collection read and write together; 0 is no bound.
    pub background_bytes_per_second: u64,
}

impl Default for ObjectLog {
    fn default() -> Self {
        Self {
            slots_in_flight: 8,
            flush: FlushRule::default(),
            block_cache_bytes: 64 << 20,
            pass_bytes: 64 << 20,
            slots_max: 2000,
            merge_from: 16,
            background_bytes_per_second: BACKGROUND_BYTES_PER_SECOND,
        }
    }
}

/// What an open cell keeps of its tier.
#[derive(Debug)]
pub(super) enum Tier {
    Disk(Arc<dyn WalRead>),
    Objects,
}
