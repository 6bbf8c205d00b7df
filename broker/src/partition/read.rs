//! Reads: from the tail cache by reference, else a plan of ranges in WAL files.

use bytes::Bytes;
use protocol::batch::BatchHeader;
use protocol::error_code;
use storage::file_index::{ChunkAt, chunk_at};
use storage::object_ref::ObjectRef;

use super::{LiveExtent, PartitionState};

/// Why nothing can be read at an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("offset is outside the log")]
    OutOfRange,
    #[error("stored data cannot be read")]
    Storage,
}

impl ReadError {
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::OutOfRange => error_code::OFFSET_OUT_OF_RANGE,
            Self::Storage => error_code::KAFKA_STORAGE_ERROR,
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
    /// In the file that is being written.
    Active(ReadPlan),
    /// In a closed file, whose roll-up says where.
    Closed(LiveExtent),
}

/// Ranges of one file that hold chunks of one partition, by offset.
#[derive(Debug, Clone)]
pub(crate) struct ReadPlan {
    pub(crate) file: ObjectRef,
    pub(crate) chunks: Vec<ChunkAt>,
}

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
        if self.active.first().is_some_and(|c| c.first <= offset) {
            let file = self.active_file.ok_or(ReadError::Storage)?;
            return Ok(Source::Active(plan(file, &self.active, offset, max_bytes)));
        }
        let i = self.extents.partition_point(|e| e.last < offset);
        let extent = self.extents.get(i).ok_or(ReadError::Storage)?;
        Ok(Source::Closed(*extent))
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

/// Chunks from the one that holds `offset`, as many as `max_bytes` asks for.
pub(crate) fn plan(file: ObjectRef, all: &[ChunkAt], offset: i64, max_bytes: usize) -> ReadPlan {
    let mut total = 0;
    let chunks = all[chunk_at(all, offset)..]
        .iter()
        .take_while(|c| {
            let wanted = total < max_bytes as u64;
            total += c.length;
            wanted
        })
        .copied()
        .collect();
    ReadPlan { file, chunks }
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
