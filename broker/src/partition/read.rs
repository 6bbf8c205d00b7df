//! Reads: from the tail cache by reference, else a plan of ranges in WAL files, slots or segments.

use bytes::Bytes;
use protocol::batch::BatchHeader;
use protocol::error_code;
use storage::file_index::ChunkAt;
use storage::object_ref::ObjectRef;

use super::{LiveExtent, PartitionState};

/// Why nothing can be read at an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("offset is outside the log")]
    OutOfRange,
    #[error("stored data cannot be read")]
    Storage,
    #[error("another broker leads this partition")]
    NotLeader,
}

impl ReadError {
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::OutOfRange => error_code::OFFSET_OUT_OF_RANGE,
            Self::Storage => error_code::KAFKA_STORAGE_ERROR,
            Self::NotLeader => error_code::NOT_LEADER_OR_FOLLOWER,
        }
    }
}

/// Where the bytes after an offset are.
#[derive(Debug)]
pub(crate) enum Source {
    /// Nothing durable there yet.
    Empty,
    /// In memory.
    Cached(Vec<Bytes>),
    /// In the file that is being written, or in slots.
    Active(ReadPlan),
    /// In a closed file or a segment, whose directory says where.
    Closed(LiveExtent),
}

/// Chunks of one partition, by offset, and the objects that they lie in.
pub(crate) type ReadPlan = Vec<(ObjectRef, ChunkAt)>;

impl PartitionState {
    /// Finds what can be served from `offset`, about `max_bytes` of it, at least one whole batch.
    pub(crate) fn locate(&self, offset: i64, max_bytes: usize) -> Result<Source, ReadError> {
        if offset < self.log_start || offset > self.next_offset {
            return Err(ReadError::OutOfRange);
        }
        if offset >= self.high_watermark {
            return Ok(Source::Empty);
        }
        if self.cache.front().is_some_and(|b| b.first <= offset) {
            return Ok(Source::Cached(self.cached(offset, max_bytes)));
        }
        if self.active.first().is_some_and(|c| c.at.first <= offset) {
            let from = self.active.partition_point(|c| c.at.last < offset);
            let open = self.active[from..].iter().map(|c| (c.object, c.at));
            return Ok(Source::Active(plan(open, max_bytes)));
        }
        let i = self.extents.partition_point(|e| e.last < offset);
        let extent = self.extents.get(i).ok_or(ReadError::Storage)?;
        Ok(Source::Closed(*extent))
    }

    /// The batches with exactly these offsets, when memory still has all of them.
    pub(crate) fn cached_between(&self, first: i64, last: i64) -> Option<Vec<Bytes>> {
        self.cache.front().filter(|b| b.first <= first)?;
        let from = self.cache.partition_point(|b| b.last < first);
        let batches = self.cache.range(from..).take_while(|b| b.last <= last);
        Some(batches.map(|b| b.bytes.clone()).collect())
    }

    fn cached(&self, offset: i64, max_bytes: usize) -> Vec<Bytes> {
        let from = self.cache.partition_point(|b| b.last < offset);
        let mut total = 0;
        let mut out = Vec::new();
        for b in self.cache.range(from..) {
            if total > 0 && total + b.bytes.len() > max_bytes {
                break;
            }
            total += b.bytes.len();
            out.push(b.bytes.clone());
        }
        out
    }
}

/// As many of the chunks as `max_bytes` asks for; the first one holds the offset that is wanted.
pub(crate) fn plan(
    chunks: impl Iterator<Item = (ObjectRef, ChunkAt)>,
    max_bytes: usize,
) -> ReadPlan {
    let mut total = 0;
    let wanted = chunks.take_while(|(_, c)| {
        let wanted = total == 0 || total < max_bytes as u64;
        total += c.length;
        wanted
    });
    wanted.collect()
}

/// Cuts whole batches out of chunk bytes: none before `offset`, at most `max_bytes` but at least one.
pub(crate) fn cut_batches(
    chunk: &Bytes,
    offset: i64,
    max_bytes: usize,
    total: &mut usize,
    out: &mut Vec<Bytes>,
) -> Result<bool, ReadError> {
    let (mut at, mut from) = (0, None);
    while at < chunk.len() {
        let h = BatchHeader::parse(&chunk[at..]).map_err(|_| ReadError::Storage)?;
        if h.last_offset() >= offset {
            if *total > 0 && *total + h.total_len > max_bytes {
                out.extend(from.map(|f| chunk.slice(f..at)));
                return Ok(false);
            }
            *total += h.total_len;
            from.get_or_insert(at);
        }
        at += h.total_len;
    }
    out.extend(from.map(|f| chunk.slice(f..)));
    Ok(true)
}
