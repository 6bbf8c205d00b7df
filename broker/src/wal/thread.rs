//! The thread that writes. It is the only one that touches the store of the WAL.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use storage::ids::PartitionId;
use storage::object_ref::ObjectRef;
use storage::wal::{FsyncPolicy, WalError};
use tokio::sync::{Notify, mpsc};

use super::writer::{build, same_chunk};
use super::{Buffer, Wal, WalWriter};
use crate::partition::Partition;

/// A file was closed: its data can go into manifests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RolledFile {
    /// All slots below lie in closed files.
    pub(crate) covered: u64,
}

/// State of the WAL thread.
pub(crate) struct WalThread {
    wal: Arc<Wal>,
    writer: WalWriter,
    policy: FsyncPolicy,
    cache: TailCache,
    touched: HashMap<PartitionId, Arc<Partition>>,
    rolled: mpsc::Sender<RolledFile>,
}

/// What is cached over all partitions, oldest first.
struct TailCache {
    limit: usize,
    bytes: usize,
    chunks: VecDeque<(Arc<Partition>, i64, usize)>,
}

impl WalThread {
    pub(crate) fn new(
        wal: Arc<Wal>,
        writer: WalWriter,
        policy: FsyncPolicy,
        cache_bytes: usize,
        rolled: mpsc::Sender<RolledFile>,
        touched: HashMap<PartitionId, Arc<Partition>>,
    ) -> Self {
        let cache = TailCache { limit: cache_bytes, bytes: 0, chunks: VecDeque::new() };
        Self { wal, writer, policy, cache, touched, rolled }
    }

    /// Runs until the WAL is stopped or fails, then tells everyone.
    pub(crate) fn run(mut self) {
        let mut end = End { wal: Arc::clone(&self.wal), outcome: None };
        end.outcome = Some(self.write_all());
    }

    fn write_all(&mut self) -> Result<(), WalError> {
        let mut synced = self.writer.now();
        while let Some(next) = self.next_buffer() {
            let idle = match next {
                Next::Write(buffer) => self.write(buffer).map(|()| false)?,
                Next::Idle => true,
            };
            if let FsyncPolicy::Interval(ms) = self.policy
                && (idle || self.writer.now().saturating_sub(synced) >= Duration::from_millis(ms))
            {
                self.writer.sync()?;
                synced = self.writer.now();
            }
            if self.writer.is_full() {
                let place = self.writer.roll()?;
                self.close_file(place.file);
            }
        }
        let (place, _) = self.writer.seal()?;
        self.close_file(place.file);
        Ok(())
    }

    fn write(&mut self, mut buffer: Buffer) -> Result<(), WalError> {
        let builder = build(&mut buffer.entries, &buffer.log_starts);
        let (slot, place) = match self.writer.put(builder) {
            Ok(put) => put,
            Err(error) => {
                self.wal.give_back(buffer.acks);
                return Err(error);
            }
        };
        let runs = buffer.entries.chunk_by(same_chunk);
        for (chunk, run) in slot.footer.chunks.iter().zip(runs) {
            let partition = &run[0].partition;
            partition.on_durable(chunk, place, run);
            self.touched.entry(partition.id).or_insert_with(|| Arc::clone(partition));
            self.cache.add(partition, chunk.last_offset, run.iter().map(|e| e.bytes.len()).sum());
        }
        for (partition, start) in &buffer.log_starts {
            let mut s = partition.state.lock();
            s.log_start = s.log_start.max(*start);
        }
        self.wal.completed(buffer);
        Ok(())
    }

    fn close_file(&mut self, file: ObjectRef) {
        for (_, partition) in self.touched.drain() {
            partition.on_file_closed(file);
        }
        // A full channel holds an older notice; the checkpoint that it starts covers this file too.
        let _ = self.rolled.try_send(RolledFile { covered: self.writer.next_slot() });
    }

    fn next_buffer(&self) -> Option<Next> {
        let mut q = self.wal.queue.lock();
        loop {
            if let Some(buffer) = q.closed.pop_front() {
                return Some(Next::Write(buffer));
            }
            if !q.open.is_empty() {
                q.open_ticket += 1;
                return Some(Next::Write(std::mem::take(&mut q.open)));
            }
            if q.stop {
                return None;
            }
            q.idle = true;
            if let FsyncPolicy::Interval(ms) = self.policy {
                let timed_out =
                    self.wal.work.wait_for(&mut q, Duration::from_millis(ms)).timed_out();
                if timed_out {
                    q.idle = false;
                    return Some(Next::Idle);
                }
            } else {
                self.wal.work.wait(&mut q);
            }
            q.idle = false;
        }
    }
}

enum Next {
    Write(Buffer),
    /// Nothing came for a whole interval.
    Idle,
}

/// Tells everyone how the WAL ended, also when the thread panics: nobody may wait for it for ever.
struct End {
    wal: Arc<Wal>,
    outcome: Option<Result<(), WalError>>,
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

impl Wal {
    fn completed(&self, buffer: Buffer) {
        let mut q = self.queue.lock();
        let done = self.durable.fetch_add(1, Ordering::AcqRel) + 1;
        let before = q.bytes;
        q.bytes -= buffer.bytes;
        let room = before >= super::QUEUE_BYTES_MAX && q.bytes < super::QUEUE_BYTES_MAX;
        let late = q.take_late(done);
        drop(q);
        for who in buffer.acks.iter().chain(&late) {
            who.notify_one();
        }
        if room {
            self.space.notify_waiters();
        }
    }

    /// Keeps those who wait for a buffer that was not written, so that the end wakes them, too.
    fn give_back(&self, acks: Vec<Arc<Notify>>) {
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
