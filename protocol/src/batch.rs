//! The header of a record batch (magic 2), and the checks that need nothing but the header and the
//! checksum. Layout: Kafka's record batch format, <https://kafka.apache.org/documentation/#recordbatch>.

use crc_fast::{CrcAlgorithm, checksum};

/// Bytes before the records.
pub const BATCH_HEADER_SIZE: usize = 61;
const LENGTH_AT: usize = 8;
const EPOCH_AT: usize = 12;
const MAGIC_AT: usize = 16;
const CRC_AT: usize = 17;
/// First byte that the checksum covers.
const CRC_FROM: usize = 21;
const MAX_TIMESTAMP_AT: usize = 35;

/// What a batch says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Bytes of the whole batch.
    pub total_len: usize,
    /// Leader epoch of the append.
    pub leader_epoch: i32,
    /// Codec, timestamp type, transactional, control.
    pub attributes: i16,
    /// Offset of the last record, from the first.
    pub last_offset_delta: i32,
    /// Timestamp of the first record.
    pub base_timestamp: i64,
    /// Largest timestamp.
    pub max_timestamp: i64,
    /// Producer id, or -1.
    pub producer_id: i64,
    /// Producer epoch.
    pub producer_epoch: i16,
    /// Sequence of the first record, or -1.
    pub base_sequence: i32,
    /// Count of records.
    pub record_count: i32,
}

/// Why a batch is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The bytes end early, or a length cannot be.
    #[error("record batch is truncated")]
    Truncated,
    /// Message format 0 or 1.
    #[error("record format {0} is not accepted, use format 2 (Kafka 0.11 or newer)")]
    Magic(i8),
    /// The bytes are damaged.
    #[error("record batch checksum does not match")]
    Checksum,
    /// Counts contradict each other, or there are none.
    #[error("record count does not match the offsets of the batch")]
    Count,
    /// Only servers write control batches.
    #[error("control batches are not accepted from clients")]
    Control,
    /// An unknown codec.
    #[error("unknown compression codec {0}")]
    Codec(i16),
    /// Sequence without producer, or negative numbers.
    #[error("producer fields of the batch contradict each other")]
    Producer,
}

impl BatchHeader {
    /// Reads a header; checks only that the batch lies within `b`.
    ///
    /// # Errors
    /// When the batch is truncated or not of magic 2.
    pub fn parse(b: &[u8]) -> Result<Self, BatchError> {
        let head: &[u8; BATCH_HEADER_SIZE] = b.first_chunk().ok_or(BatchError::Truncated)?;
        let magic = i8::from_be_bytes([head[MAGIC_AT]]);
        if magic != 2 {
            return Err(BatchError::Magic(magic));
        }
        let length = usize::try_from(be_i32(head, LENGTH_AT)).map_err(|_| BatchError::Truncated)?;
        let total_len = length + EPOCH_AT;
        if total_len < BATCH_HEADER_SIZE || total_len > b.len() {
            return Err(BatchError::Truncated);
        }
        Ok(Self {
            base_offset: be_i64(head, 0),
            total_len,
            leader_epoch: be_i32(head, EPOCH_AT),
            attributes: be_i16(head, 21),
            last_offset_delta: be_i32(head, 23),
            base_timestamp: be_i64(head, 27),
            max_timestamp: be_i64(head, MAX_TIMESTAMP_AT),
            producer_id: be_i64(head, 43),
            producer_epoch: be_i16(head, 51),
            base_sequence: be_i32(head, 53),
            record_count: be_i32(head, 57),
        })
    }

    /// Reads and checks a batch as a client sends it: checksum, counts, codec, producer fields.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn validate(b: &[u8]) -> Result<Self, BatchError> {
        let h = Self::parse(b)?;
        let crc = u32::from_be_bytes([b[CRC_AT], b[CRC_AT + 1], b[CRC_AT + 2], b[CRC_AT + 3]]);
        if checksum(CrcAlgorithm::Crc32Iscsi, &b[CRC_FROM..h.total_len]) != u64::from(crc) {
            return Err(BatchError::Checksum);
        }
        if h.record_count < 1 || h.last_offset_delta != h.record_count - 1 {
            return Err(BatchError::Count);
        }
        if h.is_control() {
            return Err(BatchError::Control);
        }
        if h.codec() > 4 {
            return Err(BatchError::Codec(h.codec()));
        }
        // A record takes at least seven bytes, so an uncompressed batch cannot promise more.
        let room = h.total_len - BATCH_HEADER_SIZE;
        if h.codec() == 0 && usize::try_from(h.record_count).map_or(true, |n| n * 7 > room) {
            return Err(BatchError::Count);
        }
        let idempotent = h.producer_id >= 0;
        if idempotent != (h.base_sequence >= 0) || (idempotent && h.producer_epoch < 0) {
            return Err(BatchError::Producer);
        }
        Ok(h)
    }

    /// Compression codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    #[must_use]
    pub fn codec(&self) -> i16 {
        self.attributes & 0x07
    }

    /// Whether the batch belongs to a transaction.
    #[must_use]
    pub fn is_transactional(&self) -> bool {
        self.attributes & 0x10 != 0
    }

    /// Whether the batch is a marker.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.attributes & 0x20 != 0
    }

    /// Offset of the last record.
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        self.base_offset + i64::from(self.last_offset_delta)
    }

    /// Sequence of the last record; sequences wrap from `i32::MAX` to 0.
    #[must_use]
    pub fn last_sequence(&self) -> i32 {
        let last = i64::from(self.base_sequence) + i64::from(self.last_offset_delta);
        i32::try_from(last % (i64::from(i32::MAX) + 1)).unwrap_or(0)
    }
}

/// Writes the two fields that a server sets and that lie outside the checksum.
///
/// # Panics
/// When `batch` is shorter than a header: callers have parsed it.
pub fn assign(batch: &mut [u8], base_offset: i64, leader_epoch: i32) {
    batch[..8].copy_from_slice(&base_offset.to_be_bytes());
    batch[EPOCH_AT..MAGIC_AT].copy_from_slice(&leader_epoch.to_be_bytes());
}

/// Stamps the batch with the time of the append and renews its checksum.
///
/// # Panics
/// When `batch` is shorter than a header: callers have parsed it.
pub fn stamp_append_time(batch: &mut [u8], now_ms: i64) {
    let attributes = i16::from_be_bytes([batch[21], batch[22]]) | 0x08;
    batch[21..23].copy_from_slice(&attributes.to_be_bytes());
    batch[MAX_TIMESTAMP_AT..MAX_TIMESTAMP_AT + 8].copy_from_slice(&now_ms.to_be_bytes());
    renew_checksum(batch);
}

/// Computes the checksum of a batch and writes it in.
///
/// # Panics
/// When `batch` is shorter than a header.
pub fn renew_checksum(batch: &mut [u8]) {
    let crc = (checksum(CrcAlgorithm::Crc32Iscsi, &batch[CRC_FROM..]) & 0xffff_ffff) as u32;
    batch[CRC_AT..CRC_FROM].copy_from_slice(&crc.to_be_bytes());
}

fn be_i16(b: &[u8], at: usize) -> i16 {
    i16::from_be_bytes([b[at], b[at + 1]])
}

fn be_i32(b: &[u8], at: usize) -> i32 {
    i32::from_be_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]])
}

fn be_i64(b: &[u8], at: usize) -> i64 {
    (i64::from(be_i32(b, at)) << 32) | i64::from(be_i32(b, at + 4).cast_unsigned())
}
