//! The directory of one WAL file or segment: which chunks of which partition lie where.

use std::collections::HashMap;

use crate::ids::PartitionId;
use crate::segment::Block;
use crate::slot::{Chunk, ChunkKind};

/// Where one chunk lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkAt {
    /// First offset.
    pub first: i64,
    /// Last offset.
    pub last: i64,
    /// First byte in the file.
    pub position: u64,
    /// Count of bytes.
    pub length: u64,
    /// Largest timestamp.
    pub max_timestamp: i64,
    /// Key that seals it; 0 is none.
    pub encryption_key: u64,
}

impl From<&Chunk> for ChunkAt {
    fn from(c: &Chunk) -> Self {
        Self {
            first: c.first_offset,
            last: c.last_offset,
            position: c.position,
            length: c.length,
            max_timestamp: c.max_timestamp,
            encryption_key: c.encryption_key,
        }
    }
}

impl From<&Block> for ChunkAt {
    fn from(b: &Block) -> Self {
        Self {
            first: b.first,
            last: b.last,
            position: b.position,
            length: b.length,
            max_timestamp: b.max_timestamp,
            encryption_key: b.encryption_key,
        }
    }
}

/// A file's chunks by partition, each list sorted by offset.
#[derive(Debug, Default)]
pub struct FileIndex {
    by_partition: HashMap<PartitionId, Vec<ChunkAt>>,
}

impl FileIndex {
    /// Builds the directory from a roll-up.
    #[must_use]
    pub fn from_rollup(chunks: &[Chunk]) -> Self {
        // The move of a log start has no records, and may lie inside a chunk that has.
        let with_records = chunks.iter().filter(|c| c.kind != ChunkKind::DeleteRecords);
        Self::collect(with_records.map(|c| (c.partition, c.into())))
    }

    /// Builds the directory of a segment.
    #[must_use]
    pub fn from_blocks(blocks: &[Block]) -> Self {
        Self::collect(blocks.iter().map(|b| (b.partition, b.into())))
    }

    fn collect(chunks: impl Iterator<Item = (PartitionId, ChunkAt)>) -> Self {
        let mut by_partition: HashMap<PartitionId, Vec<ChunkAt>> = HashMap::new();
        for (partition, chunk) in chunks {
            by_partition.entry(partition).or_default().push(chunk);
        }
        for list in by_partition.values_mut() {
            list.sort_by_key(|c| c.first);
        }
        Self { by_partition }
    }

    /// The chunks of a partition.
    #[must_use]
    pub fn chunks(&self, partition: &PartitionId) -> &[ChunkAt] {
        self.by_partition.get(partition).map_or(&[], Vec::as_slice)
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.by_partition.values().map(|v| 80 + v.len() * size_of::<ChunkAt>()).sum()
    }
}

/// Index of the chunk that holds `offset`, or of the first after it.
#[must_use]
pub fn chunk_at(chunks: &[ChunkAt], offset: i64) -> usize {
    chunks.partition_point(|c| c.last < offset)
}

#[cfg(test)]
mod tests {
    use common_types::TenantId;
    use uuid::Uuid;

    use super::*;
    use crate::ids::PgId;

    #[test]
    fn a_log_start_that_moved_into_a_chunk_hides_none_of_its_records() {
        let partition =
            PartitionId { tenant: TenantId::SYSTEM, topic: Uuid::from_u128(1), index: 0 };
        let chunk = |kind, first, last| Chunk {
            partition,
            pg: PgId(0),
            pg_epoch: 0,
            kind,
            first_offset: first,
            last_offset: last,
            position: 0,
            length: if kind == ChunkKind::Data { 10 } else { 0 },
            max_timestamp: 0,
            encryption_key: 0,
        };
        let index = FileIndex::from_rollup(&[
            chunk(ChunkKind::Data, 0, 9),
            chunk(ChunkKind::Data, 10, 19),
            chunk(ChunkKind::DeleteRecords, 5, 5),
        ]);
        let chunks = index.chunks(&partition);
        let found: Vec<i64> =
            (0..20).map(|offset| chunks[chunk_at(chunks, offset)].first).collect();
        assert_eq!(found, [[0; 10], [10; 10]].concat());
    }
}
