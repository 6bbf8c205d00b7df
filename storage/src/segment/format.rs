//! The frozen bytes of a segment, little-endian.
//!
//! ```text
//! header:  0 magic "WEIRSEGM"    16 cell uuid (16)     56 reserved, zero
//!          8 format level u16    32 creator epoch      60 CRC-32C of bytes 0..60
//!         10 min reader u16      40 segment id (16)
//!         12 reserved u32
//! footer:  fields (type u16, reserved u16, length u32, payload), then a tail of 16 bytes:
//!          footer length u32 (tail included), CRC-32C of segment id and fields u32, magic "WEIRSEGF"
//! ```
//! Unknown fields are skipped, so that later versions can add some (aborted transactions).

use bytes::{Buf, BufMut, Bytes, BytesMut};
use common_types::TenantId;
use uuid::Uuid;

use crate::crc::crc32c;
use crate::ids::{BrokerEpoch, PartitionId, PgId};
use crate::levels::FIRST_LEVEL;

/// Bytes of a header.
pub const SEGMENT_HEADER_SIZE: usize = 64;
const MAGIC: &[u8; 8] = b"WEIRSEGM";
const FOOTER_MAGIC: &[u8; 8] = b"WEIRSEGF";
const TAIL_SIZE: usize = 16;
const FIELD_BLOCKS: u16 = 1;
const BLOCK_ENTRY_SIZE: usize = 96;

/// A run of batches of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Whose batches.
    pub partition: PartitionId,
    /// Its placement group.
    pub pg: PgId,
    /// First offset.
    pub first: i64,
    /// Last offset.
    pub last: i64,
    /// First byte in the object.
    pub position: u64,
    /// Count of bytes.
    pub length: u64,
    /// Largest timestamp.
    pub max_timestamp: i64,
    /// Key that encrypts it; 0 is none.
    pub encryption_key: u64,
    /// CRC-32C of the bytes.
    pub crc: u32,
}

/// Bytes that are no segment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// No tail magic, or lengths that do not fit.
    #[error("the segment has no valid footer")]
    Tail,
    /// The checksum does not match.
    #[error("the checksum of the segment's footer does not match")]
    Checksum,
    /// A field ends early or holds what it must not.
    #[error("field {0} of the segment's footer is malformed")]
    Field(u16),
}

/// The id of a new segment: a version 7 UUID whose last 32 bits name its creator, so that a
/// reference says under which key the object lies.
///
/// # Panics
/// When the epoch is none: broker epochs are below 2^29.
#[must_use]
pub fn segment_id(fresh: Uuid, creator: BrokerEpoch) -> Uuid {
    let mut bytes = *fresh.as_bytes();
    let creator = u32::try_from(creator.0).expect("a broker epoch is below 2^29");
    bytes[12..].copy_from_slice(&creator.to_be_bytes());
    Uuid::from_bytes(bytes)
}

/// Who created a segment.
#[must_use]
pub fn segment_creator(id: &[u8; 16]) -> BrokerEpoch {
    BrokerEpoch(u64::from(u32::from_be_bytes([id[12], id[13], id[14], id[15]])))
}

pub(super) fn header(cell: Uuid, id: Uuid) -> Bytes {
    let mut b = BytesMut::with_capacity(SEGMENT_HEADER_SIZE);
    b.put_slice(MAGIC);
    b.put_u16_le(FIRST_LEVEL);
    b.put_u16_le(FIRST_LEVEL);
    b.put_u32_le(0);
    b.put_slice(cell.as_bytes());
    b.put_u64_le(segment_creator(id.as_bytes()).0);
    b.put_slice(id.as_bytes());
    b.put_u32_le(0);
    b.put_u32_le(crc32c(&b));
    b.freeze()
}

pub(super) fn footer(id: Uuid, blocks: &[Block]) -> Bytes {
    let mut out = BytesMut::with_capacity(16 + 8 + blocks.len() * BLOCK_ENTRY_SIZE + TAIL_SIZE);
    // The checksum covers the id first, so that the footer of another segment never looks valid.
    out.put_slice(id.as_bytes());
    out.put_u16_le(FIELD_BLOCKS);
    out.put_u16_le(0);
    let len = blocks.len() * BLOCK_ENTRY_SIZE;
    out.put_u32_le(u32::try_from(len).expect("a segment has few blocks"));
    for b in blocks {
        out.put_slice(b.partition.tenant.as_bytes());
        out.put_slice(b.partition.topic.as_bytes());
        out.put_u32_le(b.partition.index);
        out.put_u32_le(b.pg.0);
        out.put_i64_le(b.first);
        out.put_i64_le(b.last);
        out.put_u64_le(b.position);
        out.put_u64_le(b.length);
        out.put_i64_le(b.max_timestamp);
        out.put_u64_le(b.encryption_key);
        out.put_u32_le(b.crc);
        out.put_u32_le(0);
    }
    let crc = crc32c(&out);
    out.advance(16);
    let total = out.len() + TAIL_SIZE;
    out.put_u32_le(u32::try_from(total).expect("a segment has few blocks"));
    out.put_u32_le(crc);
    out.put_slice(FOOTER_MAGIC);
    out.freeze()
}

/// Bytes of the footer, by the end of the object.
///
/// # Errors
/// When this is no end of a segment.
pub fn footer_len(end: &[u8]) -> Result<u64, SegmentError> {
    let tail = end.last_chunk::<TAIL_SIZE>().ok_or(SegmentError::Tail)?;
    if &tail[8..] != FOOTER_MAGIC {
        return Err(SegmentError::Tail);
    }
    Ok(u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]])))
}

/// Reads the footer of segment `id`.
///
/// # Errors
/// When the bytes are damaged or belong to another segment.
pub fn parse_footer(id: Uuid, bytes: &[u8]) -> Result<Vec<Block>, SegmentError> {
    if footer_len(bytes)? != bytes.len() as u64 {
        return Err(SegmentError::Tail);
    }
    let (mut fields, mut tail) = bytes.split_at(bytes.len() - TAIL_SIZE);
    tail.advance(4);
    let covered = [&id.as_bytes()[..], fields].concat();
    if tail.get_u32_le() != crc32c(&covered) {
        return Err(SegmentError::Checksum);
    }
    let mut blocks = Vec::new();
    while !fields.is_empty() {
        if fields.len() < 8 {
            return Err(SegmentError::Field(0));
        }
        let (kind, _) = (fields.get_u16_le(), fields.get_u16_le());
        let len = fields.get_u32_le() as usize;
        if len > fields.len() {
            return Err(SegmentError::Field(kind));
        }
        let (payload, rest) = fields.split_at(len);
        fields = rest;
        if kind == FIELD_BLOCKS {
            blocks = get_blocks(payload)?;
        }
    }
    Ok(blocks)
}

fn get_blocks(mut b: &[u8]) -> Result<Vec<Block>, SegmentError> {
    if !b.len().is_multiple_of(BLOCK_ENTRY_SIZE) {
        return Err(SegmentError::Field(FIELD_BLOCKS));
    }
    let mut blocks = Vec::with_capacity(b.len() / BLOCK_ENTRY_SIZE);
    while !b.is_empty() {
        let mut id = [0; 16];
        b.copy_to_slice(&mut id);
        let tenant = TenantId::from_bytes(id).map_err(|_| SegmentError::Field(FIELD_BLOCKS))?;
        b.copy_to_slice(&mut id);
        let partition = PartitionId { tenant, topic: Uuid::from_bytes(id), index: b.get_u32_le() };
        blocks.push(Block {
            partition,
            pg: PgId(b.get_u32_le()),
            first: b.get_i64_le(),
            last: b.get_i64_le(),
            position: b.get_u64_le(),
            length: b.get_u64_le(),
            max_timestamp: b.get_i64_le(),
            encryption_key: b.get_u64_le(),
            crc: b.get_u32_le(),
        });
        b.advance(4);
    }
    Ok(blocks)
}
