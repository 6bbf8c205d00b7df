use std::fmt;

use crate::file_index::ChunkAt;
use crate::ids::PartitionId;

/// What a sealed chunk is bound to: it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkName {
    /// Whose batches.
    pub partition: PartitionId,
    /// First offset.
    pub first: i64,
    /// Last offset.
    pub last: i64,
}

impl ChunkName {
    /// The name of a chunk of `partition`.
    #[must_use]
    pub fn of(partition: PartitionId, at: &ChunkAt) -> Self {
        Self { partition, first: at.first, last: at.last }
    }

    /// The bound data: name and key.
    pub(super) fn bound_to(&self, key: u64) -> [u8; 60] {
        let mut out = [0; 60];
        out[..16].copy_from_slice(self.partition.tenant.as_bytes());
        out[16..32].copy_from_slice(self.partition.topic.as_bytes());
        out[32..36].copy_from_slice(&self.partition.index.to_le_bytes());
        out[36..44].copy_from_slice(&self.first.to_le_bytes());
        out[44..52].copy_from_slice(&self.last.to_le_bytes());
        out[52..].copy_from_slice(&key.to_le_bytes());
        out
    }
}

impl fmt::Display for ChunkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PartitionId { tenant, topic, index } = self.partition;
        write!(f, "offsets {} to {} of {tenant}/{topic}/{index}", self.first, self.last)
    }
}
