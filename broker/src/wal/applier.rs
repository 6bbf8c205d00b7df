//! What happens to a buffer once it is durable, on either tier.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use storage::planted::{Planted, on};
use storage::slot::EncodedSlot;
use storage::wal::{SlotPlace, WalError};
use tokio::sync::Notify;

use super::queue::{Buffer, QUEUE_BYTES_MAX, Wal};
use super::writer::same_chunk;
use crate::partition::Partition;

/// Applies durable buffers in their order: high watermarks, tail cache, answers.
pub(super) struct Applier {
    wal: Arc<Wal>,
    cache: TailCache,
}

/// What is cached over all partitions, oldest first.
struct TailCache {
    limit: usize,
    bytes: usize,
    chunks: VecDeque<(Arc<Partition>, i64, usize)>,
}

impl Applier {
    pub(super) fn new(wal: Arc<Wal>, cache_bytes: usize) -> Self {
        let cache = TailCache { limit: cache_bytes, bytes: 0, chunks: VecDeque::new() };
        Self { wal, cache }
    }

    /// `buffer` lies in `slot`, which is durable at `place`.
    pub(super) fn apply(&mut self, buffer: Buffer, slot: &EncodedSlot, place: SlotPlace) {
        let runs = buffer.entries.chunk_by(same_chunk);
        for (chunk, run) in slot.footer.chunks.iter().zip(runs) {
            let partition = &run[0].partition;
            partition.on_durable(chunk, place, run);
            self.cache.add(partition, chunk.last_offset, run.iter().map(|e| e.bytes.len()).sum());
        }
        for (partition, start) in &buffer.log_starts {
            let mut s = partition.state.lock();
            s.log_start = s.log_start.max(*start);
        }
        self.wal.completed(buffer);
    }
}

impl TailCache {
    fn add(&mut self, partition: &Arc<Partition>, last: i64, bytes: usize) {
        self.bytes += bytes;
        self.chunks.push_back((Arc::clone(partition), last, bytes));
        while self.bytes > self.limit {
            let Some((partition, last, bytes)) = self.chunks.pop_front() else { break };
            partition.evict(last);
            self.bytes -= bytes;
        }
    }
}

/// Tells everyone how the WAL ended, also when its writer panics: nobody may wait for it for ever.
pub(super) struct End {
    wal: Arc<Wal>,
    outcome: Option<Result<(), WalError>>,
}

impl End {
    pub(super) fn new(wal: &Arc<Wal>) -> Self {
        Self { wal: Arc::clone(wal), outcome: None }
    }

    pub(super) fn set(&mut self, outcome: Result<(), WalError>) {
        self.outcome = Some(outcome);
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let panicked = || WalError::Io {
            what: "append",
            path: "the log".into(),
            reason: "an invariant was broken, see the message before".into(),
        };
        let outcome = self.outcome.take().unwrap_or_else(|| Err(panicked()));
        self.wal.ended(outcome);
    }
}

impl Wal {
    fn completed(&self, buffer: Buffer) {
        let mut q = self.queue.lock();
        let done = self.durable.fetch_add(1, Ordering::AcqRel) + 1;
        let before = q.bytes;
        q.bytes -= buffer.bytes;
        let room = before >= QUEUE_BYTES_MAX && q.bytes < QUEUE_BYTES_MAX;
        let late = q.take_late(if on(Planted::LostWakeUp) { 0 } else { done });
        drop(q);
        for who in buffer.acks.iter().chain(&late) {
            who.notify_one();
        }
        if room {
            self.space.notify_waiters();
        }
    }

    /// Keeps those who wait for a buffer that was not written, so that the end wakes them, too.
    pub(super) fn give_back(&self, acks: Vec<Arc<Notify>>) {
        self.queue.lock().open.acks.extend(acks);
    }

    fn ended(&self, outcome: Result<(), WalError>) {
        let mut q = self.queue.lock();
        q.ended = true;
        let mut acks = std::mem::take(&mut q.open.acks);
        acks.extend(q.closed.drain(..).flat_map(|b| b.acks));
        acks.extend(q.take_late(u64::MAX));
        drop(q);
        self.end.send_replace(Some(outcome));
        acks.iter().for_each(|who| who.notify_one());
        self.space.notify_waiters();
    }
}
