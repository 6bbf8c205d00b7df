//! Lays batches out as blocks, without copying them unless they are sealed.

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::format::{Block, SEGMENT_HEADER_SIZE, footer, header};
use crate::at_rest::{ChunkName, DataKey};
use crate::crc::crc32c_parts;
use crate::file_index::ChunkAt;
use crate::ids::{PartitionId, PgId};
use crate::payload::Payload;

/// A block is closed at this many bytes: what a reader in the middle of it reads in vain is bounded.
pub const BLOCK_BYTES: u64 = 128 << 10;

/// A segment ready to be written.
#[derive(Debug, Clone)]
pub struct EncodedSegment {
    /// Its id, which names its creator.
    pub id: Uuid,
    /// Its bytes.
    pub payload: Payload,
    /// What lies where.
    pub blocks: Vec<Block>,
}

/// Collects batches in the order in which they will lie.
#[derive(Debug)]
pub struct SegmentBuilder {
    cell: Uuid,
    id: Uuid,
    parts: Vec<Bytes>,
    /// Parts before the open block.
    block_from: usize,
    position: u64,
    blocks: Vec<Block>,
    /// Seals the open block.
    block_key: Option<Arc<DataKey>>,
    /// Seals the blocks that begin from now on.
    key: Option<Arc<DataKey>>,
}

impl SegmentBuilder {
    /// An empty segment under an id of [`super::segment_id`].
    #[must_use]
    pub fn new(cell: Uuid, id: Uuid) -> Self {
        let position = SEGMENT_HEADER_SIZE as u64;
        let (parts, blocks) = (Vec::new(), Vec::new());
        Self { cell, id, parts, block_from: 0, position, blocks, block_key: None, key: None }
    }

    /// Blocks that begin from now on are sealed under `key`, or not at all. It changes between
    /// partitions only.
    pub fn seal_with(&mut self, key: Option<Arc<DataKey>>) {
        self.key = key;
    }

    /// Bytes of batches so far.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.position - SEGMENT_HEADER_SIZE as u64
    }

    /// Whether nothing was added yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Adds whole batches of one partition with the offsets `first..=last`.
    ///
    /// # Panics
    /// When offsets of a partition do not follow each other: that would corrupt the log.
    pub fn push(
        &mut self,
        partition: PartitionId,
        pg: PgId,
        (first, last): (i64, i64),
        max_timestamp: i64,
        bytes: Bytes,
    ) {
        let follows = self.blocks.last().filter(|b| b.partition == partition).map(|b| {
            assert_eq!(first, b.last + 1, "offsets of a segment's partition are dense");
            // One that was sealed before is whole.
            b.encryption_key == 0 && b.length < BLOCK_BYTES
        });
        if follows != Some(true) {
            self.close_block();
            self.block_key.clone_from(&self.key);
            self.blocks.push(Block {
                partition,
                pg,
                first,
                last,
                position: self.position,
                length: 0,
                max_timestamp,
                encryption_key: 0,
                crc: 0,
            });
        }
        if let Some(open) = self.blocks.last_mut() {
            open.last = last;
            open.length += bytes.len() as u64;
            open.max_timestamp = open.max_timestamp.max(max_timestamp);
        }
        self.position += bytes.len() as u64;
        self.parts.push(bytes);
    }

    /// Adds a chunk as it was stored elsewhere, sealed or not.
    ///
    /// # Panics
    /// When offsets of a partition do not follow each other: that would corrupt the log.
    pub fn push_stored(&mut self, partition: PartitionId, pg: PgId, chunk: &ChunkAt, bytes: Bytes) {
        let offsets = (chunk.first, chunk.last);
        if chunk.encryption_key == 0 {
            return self.push(partition, pg, offsets, chunk.max_timestamp, bytes);
        }
        self.close_block();
        self.blocks.push(Block {
            partition,
            pg,
            first: chunk.first,
            last: chunk.last,
            position: self.position,
            length: bytes.len() as u64,
            max_timestamp: chunk.max_timestamp,
            encryption_key: chunk.encryption_key,
            crc: 0,
        });
        self.position += bytes.len() as u64;
        self.parts.push(bytes);
    }

    fn close_block(&mut self) {
        if let Some(open) = self.blocks.last_mut() {
            if let Some(key) = self.block_key.take() {
                let name =
                    ChunkName { partition: open.partition, first: open.first, last: open.last };
                let sealed = key.seal(&name, &self.parts[self.block_from..]);
                self.parts.truncate(self.block_from);
                open.encryption_key = key.id();
                open.length = sealed.len() as u64;
                self.position = open.position + open.length;
                self.parts.push(sealed);
            }
            open.crc = crc32c_parts(self.parts[self.block_from..].iter().map(|p| &p[..]));
        }
        self.block_from = self.parts.len();
    }

    /// The bytes.
    #[must_use]
    pub fn finish(mut self) -> EncodedSegment {
        self.close_block();
        let head = std::iter::once(header(self.cell, self.id));
        let tail = std::iter::once(footer(self.id, &self.blocks));
        let payload = head.chain(self.parts).chain(tail).collect();
        EncodedSegment { id: self.id, payload, blocks: self.blocks }
    }
}

#[cfg(test)]
mod tests {
    use common_types::TenantId;

    use super::*;
    use crate::ids::BrokerEpoch;
    use crate::segment::{SegmentError, parse_footer, segment_creator, segment_id};

    #[test]
    fn blocks_are_of_one_partition_and_bounded() {
        let id = segment_id(Uuid::from_u128(7 << 76), BrokerEpoch(9));
        assert_eq!(segment_creator(id.as_bytes()), BrokerEpoch(9));
        let of = |index| PartitionId { tenant: TenantId::SYSTEM, topic: Uuid::from_u128(1), index };
        let mut b = SegmentBuilder::new(Uuid::nil(), id);
        for i in 0..4 {
            b.push(of(0), PgId(1), (i, i), i, Bytes::from(vec![1; 100 << 10]));
        }
        b.push(of(1), PgId(1), (50, 59), 3, Bytes::from_static(b"small"));
        let segment = b.finish();
        let ranges: Vec<_> = segment.blocks.iter().map(|b| (b.first, b.last, b.length)).collect();
        assert_eq!(ranges, [(0, 1, 200 << 10), (2, 3, 200 << 10), (50, 59, 5)]);
        let bytes = segment.payload.concat();
        for block in &segment.blocks {
            let from = usize::try_from(block.position).unwrap();
            let found = &bytes[from..from + usize::try_from(block.length).unwrap()];
            assert_eq!(crate::crc::crc32c(found), block.crc);
        }
        let end = &bytes[bytes.len() - 16..];
        let len = usize::try_from(crate::segment::footer_len(end).unwrap()).unwrap();
        let footer = &bytes[bytes.len() - len..];
        assert_eq!(parse_footer(id, footer).unwrap(), segment.blocks);
        assert_eq!(parse_footer(Uuid::nil(), footer), Err(SegmentError::Checksum));
    }
}
