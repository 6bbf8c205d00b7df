//! The slot footer: typed fields, then a tail of 16 bytes. Little-endian, frozen.
//!
//! ```text
//! field: type u16, reserved u16, length u32, payload
//! tail:  footer length u32 (tail included), CRC-32C of the fields u32, magic "WEIRFOOT"
//! ```
//! Unknown types are skipped, so that later versions can add fields.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use common_types::TenantId;
use uuid::Uuid;

use crate::crc::seeded_crc32c;
use crate::ids::{PartitionId, PgId, WalIdentity};

const MAGIC: &[u8; 8] = b"WEIRFOOT";
/// Bytes of the tail.
pub const TAIL_SIZE: usize = 16;
/// Bytes of one chunk entry.
pub const CHUNK_SIZE: usize = 96;
const FIELD_CHUNKS: u16 = 1;
const FIELD_PRODUCERS: u16 = 2;
const FIELD_ROLLUP: u16 = 5;

/// What a chunk carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChunkKind {
    /// Record batches of a user's partition.
    Data,
    /// Record batches of a coordinator slot: recovery reads the body.
    Coordinator,
    /// No body: the log start moves to `first_offset`.
    DeleteRecords,
}

/// One chunk: the batches of one partition in one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Whose batches.
    pub partition: PartitionId,
    /// Its placement group; a hint, recovery goes by topic id and partition.
    pub pg: PgId,
    /// Leader epoch of the append.
    pub pg_epoch: i32,
    /// What it carries.
    pub kind: ChunkKind,
    /// First offset.
    pub first_offset: i64,
    /// Last offset.
    pub last_offset: i64,
    /// First byte: from the start of the body; in a roll-up, from the start of the file.
    pub position: u64,
    /// Count of bytes.
    pub length: u64,
    /// Largest timestamp.
    pub max_timestamp: i64,
    /// Key that encrypts the body; 0 is none.
    pub encryption_key: u64,
}

/// A batch as the deduplication of producers needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchSummary {
    /// Sequence of the first record.
    pub first_sequence: i32,
    /// Sequence of the last record.
    pub last_sequence: i32,
    /// Offset of the first record.
    pub base_offset: i64,
    /// Largest timestamp of the batch.
    pub timestamp: i64,
}

/// The last batches of one producer in one chunk, at most five.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerSummary {
    /// Index of the chunk in the footer.
    pub chunk: u32,
    /// The producer.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// Oldest first.
    pub batches: Vec<BatchSummary>,
}

/// A decoded footer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotFooter {
    /// What the slot carries.
    pub chunks: Vec<Chunk>,
    /// Who produced it.
    pub producers: Vec<ProducerSummary>,
    /// All chunks of the file that this slot closes.
    pub rollup: Vec<Chunk>,
}

/// Why bytes are no footer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FooterError {
    /// No tail magic, or lengths that do not fit.
    #[error("footer has no valid tail")]
    Tail,
    /// The checksum does not match.
    #[error("footer checksum does not match")]
    Checksum,
    /// A field ends early or holds what it must not.
    #[error("footer field {0} is malformed")]
    Field(u16),
}

impl SlotFooter {
    /// The stored form, tail included.
    #[must_use]
    pub fn to_bytes(&self, wal: &WalIdentity, slot: u64) -> Bytes {
        let mut out = BytesMut::with_capacity(64 + self.chunks.len() * (CHUNK_SIZE + 48));
        if !self.chunks.is_empty() {
            put_chunks(&mut out, FIELD_CHUNKS, &self.chunks);
        }
        if !self.producers.is_empty() {
            put_producers(&mut out, &self.producers);
        }
        if !self.rollup.is_empty() {
            put_chunks(&mut out, FIELD_ROLLUP, &self.rollup);
        }
        let crc = seeded_crc32c(wal, slot, &[&out]);
        let total = out.len() + TAIL_SIZE;
        out.put_u32_le(u32::try_from(total).expect("a footer is bounded by the slot"));
        out.put_u32_le(crc);
        out.put_slice(MAGIC);
        out.freeze()
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When the bytes are damaged or belong to another slot.
    pub fn parse(bytes: &[u8], wal: &WalIdentity, slot: u64) -> Result<Self, FooterError> {
        let fields_len = bytes.len().checked_sub(TAIL_SIZE).ok_or(FooterError::Tail)?;
        let (mut fields, mut tail) = bytes.split_at(fields_len);
        let (total, crc) = (tail.get_u32_le(), tail.get_u32_le());
        if tail != MAGIC || total as usize != bytes.len() {
            return Err(FooterError::Tail);
        }
        if crc != seeded_crc32c(wal, slot, &[fields]) {
            return Err(FooterError::Checksum);
        }
        let mut footer = Self::default();
        while !fields.is_empty() {
            if fields.len() < 8 {
                return Err(FooterError::Field(0));
            }
            let (kind, _) = (fields.get_u16_le(), fields.get_u16_le());
            let len = fields.get_u32_le() as usize;
            if len > fields.len() {
                return Err(FooterError::Field(kind));
            }
            let (payload, rest) = fields.split_at(len);
            fields = rest;
            match kind {
                FIELD_CHUNKS => footer.chunks = get_chunks(payload, kind)?,
                FIELD_PRODUCERS => footer.producers = get_producers(payload)?,
                FIELD_ROLLUP => footer.rollup = get_chunks(payload, kind)?,
                _ => {}
            }
        }
        Ok(footer)
    }
}

fn put_chunks(out: &mut BytesMut, field: u16, chunks: &[Chunk]) {
    put_field(out, field, chunks.len() * CHUNK_SIZE);
    for c in chunks {
        out.put_slice(c.partition.tenant.as_bytes());
        out.put_slice(c.partition.topic.as_bytes());
        out.put_u32_le(c.partition.index);
        out.put_u32_le(c.pg.0);
        out.put_i32_le(c.pg_epoch);
        out.put_u32_le(match c.kind {
            ChunkKind::Data => 0,
            ChunkKind::Coordinator => 1,
            ChunkKind::DeleteRecords => 2,
        });
        out.put_i64_le(c.first_offset);
        out.put_i64_le(c.last_offset);
        out.put_u64_le(c.position);
        out.put_u64_le(c.length);
        out.put_i64_le(c.max_timestamp);
        out.put_u64_le(c.encryption_key);
    }
}

fn get_chunks(mut b: &[u8], field: u16) -> Result<Vec<Chunk>, FooterError> {
    if !b.len().is_multiple_of(CHUNK_SIZE) {
        return Err(FooterError::Field(field));
    }
    let mut chunks = Vec::with_capacity(b.len() / CHUNK_SIZE);
    while !b.is_empty() {
        let mut id = [0; 16];
        b.copy_to_slice(&mut id);
        let tenant = TenantId::from_bytes(id).map_err(|_| FooterError::Field(field))?;
        b.copy_to_slice(&mut id);
        let partition = PartitionId { tenant, topic: Uuid::from_bytes(id), index: b.get_u32_le() };
        chunks.push(Chunk {
            partition,
            pg: PgId(b.get_u32_le()),
            pg_epoch: b.get_i32_le(),
            kind: match b.get_u32_le() {
                0 => ChunkKind::Data,
                1 => ChunkKind::Coordinator,
                2 => ChunkKind::DeleteRecords,
                _ => return Err(FooterError::Field(field)),
            },
            first_offset: b.get_i64_le(),
            last_offset: b.get_i64_le(),
            position: b.get_u64_le(),
            length: b.get_u64_le(),
            max_timestamp: b.get_i64_le(),
            encryption_key: b.get_u64_le(),
        });
    }
    Ok(chunks)
}

fn put_producers(out: &mut BytesMut, producers: &[ProducerSummary]) {
    let len = producers.iter().map(|p| 16 + p.batches.len() * 24).sum();
    put_field(out, FIELD_PRODUCERS, len);
    for p in producers {
        out.put_u32_le(p.chunk);
        out.put_i64_le(p.producer_id);
        out.put_i16_le(p.producer_epoch);
        out.put_u16_le(u16::try_from(p.batches.len()).expect("at most five batches are kept"));
        for b in &p.batches {
            out.put_i32_le(b.first_sequence);
            out.put_i32_le(b.last_sequence);
            out.put_i64_le(b.base_offset);
            out.put_i64_le(b.timestamp);
        }
    }
}

fn get_producers(mut b: &[u8]) -> Result<Vec<ProducerSummary>, FooterError> {
    let mut producers = Vec::new();
    while !b.is_empty() {
        if b.len() < 16 {
            return Err(FooterError::Field(FIELD_PRODUCERS));
        }
        let (chunk, producer_id) = (b.get_u32_le(), b.get_i64_le());
        let (producer_epoch, count) = (b.get_i16_le(), usize::from(b.get_u16_le()));
        if b.len() < count * 24 {
            return Err(FooterError::Field(FIELD_PRODUCERS));
        }
        let batches = (0..count)
            .map(|_| BatchSummary {
                first_sequence: b.get_i32_le(),
                last_sequence: b.get_i32_le(),
                base_offset: b.get_i64_le(),
                timestamp: b.get_i64_le(),
            })
            .collect();
        producers.push(ProducerSummary { chunk, producer_id, producer_epoch, batches });
    }
    Ok(producers)
}

fn put_field(out: &mut BytesMut, field: u16, len: usize) {
    out.put_u16_le(field);
    out.put_u16_le(0);
    out.put_u32_le(u32::try_from(len).expect("a footer is bounded by the slot"));
}
