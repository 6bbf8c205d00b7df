//! Appends: check, assign an offset, hand the batch to the WAL; then apply what became durable.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use protocol::batch::{BatchHeader, assign, stamp_append_time};
use protocol::error_code;
use storage::at_rest::NotReady;
use storage::file_index::ChunkAt;
use storage::manifest::EpochStart;
use storage::object_ref::ObjectRef;
use storage::planted::{Planted, on};
use storage::slot::{BatchSummary, Chunk, HEADER_SIZE};
use storage::wal::SlotPlace;

use super::producers::{Refused, Sequence};
use super::{CachedBatch, LiveExtent, OpenChunk, Partition, PartitionState};
use crate::wal::{ProducerRef, Wal, WalEntry};

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Appended {
    pub(crate) base_offset: i64,
    /// The WAL ticket that must be durable before this is acknowledged.
    pub(crate) ticket: u64,
    pub(crate) log_start: i64,
}

/// Why a batch was not appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AppendError {
    #[error("the topic is being deleted")]
    Closed,
    #[error("another broker leads this partition")]
    NotLeader,
    #[error("producer state refuses the batch (code {0})")]
    Sequence(i16),
    #[error("the bytes are not exactly one record batch")]
    NotOneBatch,
    #[error("the log has ended")]
    Ended,
    #[error(transparent)]
    NotReady(#[from] NotReady),
}

impl AppendError {
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::Closed => error_code::UNKNOWN_TOPIC_OR_PARTITION,
            Self::NotLeader => error_code::NOT_LEADER_OR_FOLLOWER,
            Self::Sequence(code) => code,
            Self::NotOneBatch => error_code::INVALID_RECORD,
            Self::Ended | Self::NotReady(_) => error_code::KAFKA_STORAGE_ERROR,
        }
    }
}

impl Partition {
    /// Appends a checked batch. `append_time_ms` is set under LogAppendTime.
    pub(crate) fn append(
        self: &Arc<Self>,
        wal: &Wal,
        mut batch: BytesMut,
        h: &BatchHeader,
        append_time_ms: Option<i64>,
        now: Duration,
    ) -> Result<Appended, AppendError> {
        // A second batch behind the first would keep the offsets that its writer made up.
        if h.total_len != batch.len() {
            return Err(AppendError::NotOneBatch);
        }
        let mut s = self.state.lock();
        if s.closed {
            return Err(AppendError::Closed);
        }
        if !self.pg.leads() {
            return Err(AppendError::NotLeader);
        }
        if h.producer_id >= 0
            && let Sequence::Duplicate(r) = self.check_sequence(&s, h, now)?
        {
            let ticket = if on(Planted::DuplicateBeforeDurable) { 0 } else { r.ticket };
            let base_offset = r.batch.base_offset;
            return Ok(Appended { base_offset, ticket, log_start: s.log_start });
        }
        let key = wal.keys.sealing(self.id.tenant)?;
        let pg_epoch = self.pg.epoch();
        let base_offset = s.next_offset;
        let last_offset = base_offset + i64::from(h.last_offset_delta);
        if let Some(ms) = append_time_ms {
            stamp_append_time(&mut batch, ms);
        }
        assign(&mut batch, base_offset, pg_epoch);
        let max_timestamp = append_time_ms.unwrap_or(h.max_timestamp);
        let summary = BatchSummary {
            first_sequence: h.base_sequence,
            last_sequence: h.last_sequence(),
            base_offset,
            timestamp: max_timestamp,
        };
        let producer = (h.producer_id >= 0).then_some(ProducerRef {
            id: h.producer_id,
            epoch: h.producer_epoch,
            batch: summary,
        });
        // INVARIANT: pushed under the partition's lock, so WAL order is offset order.
        let ticket = wal
            .push(WalEntry {
                partition: Arc::clone(self),
                bytes: batch.freeze(),
                first: base_offset,
                last: last_offset,
                max_timestamp,
                pg_epoch,
                producer,
                key,
            })
            .ok_or(AppendError::Ended)?;
        self.pg.took(h.total_len);
        s.next_offset = last_offset + 1;
        if s.epochs.last().is_none_or(|e| e.epoch < pg_epoch) {
            s.epochs.push(EpochStart { epoch: pg_epoch, start: base_offset });
        }
        if let Some(p) = producer {
            s.producers.record(p.id, p.epoch, p.batch, ticket, now);
        }
        Ok(Appended { base_offset, ticket, log_start: s.log_start })
    }

    /// What the sequence of a batch says, to a client that may have several batches under way.
    ///
    /// A batch behind one that was refused as not led here is refused alike, also if the group is led by
    /// now: both are sent again, in order. A gap would be told as out of order, on which librdkafka numbers
    /// all that it has under way anew, what a broker that died had taken as well: such records came twice.
    fn check_sequence(
        &self,
        s: &PartitionState,
        h: &BatchHeader,
        now: Duration,
    ) -> Result<Sequence, AppendError> {
        let settling = self.pg.is_settling(now);
        match s.producers.check(h) {
            Ok(Sequence::First) if settling && h.base_sequence > 0 => Err(AppendError::NotLeader),
            Err(Refused::Gap) if settling => Err(AppendError::NotLeader),
            Err(refused) => Err(AppendError::Sequence(refused.code())),
            Ok(sequence) => Ok(sequence),
        }
    }

    /// Moves the log start up to `start`, once the ticket is durable.
    pub(crate) fn move_log_start(
        self: &Arc<Self>,
        wal: &Wal,
        start: i64,
    ) -> Result<u64, AppendError> {
        let s = self.state.lock();
        if s.closed {
            return Err(AppendError::Closed);
        }
        if !self.pg.leads() {
            return Err(AppendError::NotLeader);
        }
        wal.push_log_start(self, start).ok_or(AppendError::Ended)
    }

    /// Applies a chunk that became durable: moves the high watermark, caches, wakes waiters.
    pub(crate) fn on_durable(&self, chunk: &Chunk, place: SlotPlace, batches: &[WalEntry]) {
        let mut s = self.state.lock();
        assert_eq!(chunk.first_offset, s.high_watermark, "the durable log has no holes");
        s.high_watermark = chunk.last_offset + 1;
        let mut at = ChunkAt::from(chunk);
        at.position += place.position + HEADER_SIZE as u64;
        s.active.push(OpenChunk { object: place.file, at });
        for b in batches {
            s.cache.push_back(CachedBatch { first: b.first, last: b.last, bytes: b.bytes.clone() });
        }
        let bytes = usize::try_from(chunk.length).unwrap_or(usize::MAX);
        s.waiters.retain(|w| {
            let waiter = w.upgrade();
            if let Some(waiter) = &waiter {
                waiter.arrived(bytes);
            }
            waiter.is_some()
        });
    }

    /// The active file was closed: its chunks become one extent, found through the file's roll-up.
    pub(crate) fn on_file_closed(&self, file: ObjectRef) {
        let mut s = self.state.lock();
        let key = s.active.iter().map(|c| c.at.encryption_key).rfind(|key| *key > 0);
        s.close(0, usize::MAX, file, key.unwrap_or(0));
    }

    /// Drops cached batches up to `last`, oldest first.
    pub(crate) fn evict(&self, last: i64) {
        let mut s = self.state.lock();
        while s.cache.front().is_some_and(|b| b.last <= last) {
            s.cache.pop_front();
        }
    }
}

impl PartitionState {
    /// The first `count` open chunks are one extent from now on, in `object`, sealed under `key`; those
    /// before `skip` are dropped, because they lie below the log start.
    pub(crate) fn close(&mut self, skip: usize, count: usize, object: ObjectRef, key: u64) {
        let count = count.min(self.active.len());
        let closed = self.active.get(skip..count).unwrap_or_default();
        if let (Some(first), Some(last)) = (closed.first(), closed.last()) {
            let extent = LiveExtent {
                first: first.at.first,
                last: last.at.last,
                file: object,
                max_timestamp: closed.iter().map(|c| c.at.max_timestamp).max().unwrap_or(-1),
                bytes: closed.iter().map(|c| c.at.length).sum(),
                encryption_key: key,
            };
            self.extents.push(extent);
        }
        self.active.drain(..count);
    }
}
