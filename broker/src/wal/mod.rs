//! The WAL of one incarnation: producers push, one thread writes, acknowledgements follow the
//! durable prefix.
//!
//! A *ticket* is the place of a buffer in the queue. All that was pushed under one ticket becomes
//! durable together; the durable frontier is the count of durable tickets. While one buffer is being
//! written and synced the next one fills: that is the group commit.

mod thread;
mod writer;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use storage::slot::BatchSummary;
use storage::wal::WalError;
use tokio::sync::{Notify, watch};

use crate::partition::Partition;

pub(crate) use thread::{RolledFile, WalThread};
pub(crate) use writer::WalWriter;

/// A buffer is closed at this many bytes, so that slots stay small enough to recover and to read.
const SLOT_BYTES_MAX: usize = 4 << 20;
/// Appends wait while this many bytes are queued.
const QUEUE_BYTES_MAX: usize = 64 << 20;

/// The producer of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProducerRef {
    pub(crate) id: i64,
    pub(crate) epoch: i16,
    pub(crate) batch: BatchSummary,
}

/// One appended batch.
#[derive(Debug)]
pub(crate) struct WalEntry {
    pub(crate) partition: Arc<Partition>,
    pub(crate) bytes: Bytes,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) max_timestamp: i64,
    pub(crate) pg_epoch: i32,
    pub(crate) producer: Option<ProducerRef>,
}

#[derive(Debug, Default)]
struct Buffer {
    entries: Vec<WalEntry>,
    /// Moves of a log start: (partition, new start).
    log_starts: Vec<(Arc<Partition>, i64)>,
    bytes: usize,
    /// Who waits for this ticket.
    acks: Vec<Arc<Notify>>,
}

impl Buffer {
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.log_starts.is_empty()
    }
}

#[derive(Debug, Default)]
struct Queue {
    /// Closed buffers, oldest first; then the open one.
    closed: VecDeque<Buffer>,
    open: Buffer,
    /// Ticket of the open buffer.
    open_ticket: u64,
    bytes: usize,
    /// Who asked for a ticket while its buffer was already being written.
    late: Vec<(u64, Arc<Notify>)>,
    idle: bool,
    stop: bool,
    ended: bool,
}

impl Queue {
    /// Everyone in `late` whose ticket is below `durable`.
    fn take_late(&mut self, durable: u64) -> Vec<Arc<Notify>> {
        let (done, rest) = self.late.drain(..).partition(|(ticket, _)| *ticket < durable);
        self.late = rest;
        let done: Vec<(u64, Arc<Notify>)> = done;
        done.into_iter().map(|(_, who)| who).collect()
    }
}

/// The shared half of a WAL.
#[derive(Debug)]
pub(crate) struct Wal {
    queue: Mutex<Queue>,
    work: Condvar,
    durable: AtomicU64,
    space: Notify,
    end: watch::Sender<Option<Result<(), WalError>>>,
}

impl Wal {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            // Ticket 0 stands for everything recovered: durable before anything is pushed.
            queue: Mutex::new(Queue { open_ticket: 1, ..Queue::default() }),
            work: Condvar::new(),
            durable: AtomicU64::new(1),
            space: Notify::new(),
            end: watch::Sender::new(None),
        })
    }

    /// Queues a batch; returns its ticket, or none when the WAL has ended.
    pub(crate) fn push(&self, entry: WalEntry) -> Option<u64> {
        let mut q = self.queue.lock();
        if q.ended || q.stop {
            return None;
        }
        if q.open.bytes > 0 && q.open.bytes + entry.bytes.len() > SLOT_BYTES_MAX {
            let full = std::mem::take(&mut q.open);
            q.closed.push_back(full);
            q.open_ticket += 1;
        }
        q.open.bytes += entry.bytes.len();
        q.bytes += entry.bytes.len();
        q.open.entries.push(entry);
        Some(self.pushed(q))
    }

    /// Queues the move of a log start.
    pub(crate) fn push_log_start(&self, partition: &Arc<Partition>, start: i64) -> Option<u64> {
        let mut q = self.queue.lock();
        if q.ended || q.stop {
            return None;
        }
        q.open.log_starts.push((Arc::clone(partition), start));
        Some(self.pushed(q))
    }

    fn pushed(&self, mut q: parking_lot::MutexGuard<'_, Queue>) -> u64 {
        let ticket = q.open_ticket;
        let wake = std::mem::take(&mut q.idle);
        drop(q);
        if wake {
            self.work.notify_one();
        }
        ticket
    }

    /// Whether everything under `ticket` is durable.
    pub(crate) fn is_durable(&self, ticket: u64) -> bool {
        self.durable.load(Ordering::Acquire) > ticket
    }

    /// Asks for a notification once `ticket` is durable or the WAL ends. False: it is already.
    pub(crate) fn notify_when_durable(&self, ticket: u64, who: &Arc<Notify>) -> bool {
        let mut q = self.queue.lock();
        if self.is_durable(ticket) || q.ended {
            return false;
        }
        let open = q.open_ticket;
        let list = if ticket == open {
            Some(&mut q.open.acks)
        } else {
            let back = usize::try_from(open - ticket).unwrap_or(usize::MAX);
            let len = q.closed.len();
            len.checked_sub(back).and_then(|i| q.closed.get_mut(i)).map(|b| &mut b.acks)
        };
        match list {
            Some(list) if list.last().is_some_and(|last| Arc::ptr_eq(last, who)) => {}
            Some(list) => list.push(Arc::clone(who)),
            None => q.late.push((ticket, Arc::clone(who))),
        }
        true
    }

    /// Waits until `ticket` is durable. False: the WAL ended before.
    pub(crate) async fn durable(&self, ticket: u64) -> bool {
        let notify = Arc::new(Notify::new());
        while self.notify_when_durable(ticket, &notify) {
            notify.notified().await;
        }
        self.is_durable(ticket)
    }

    /// Waits until there is room for more appends. False: the WAL ended.
    pub(crate) async fn room(&self) -> bool {
        loop {
            let waiting = self.space.notified();
            {
                let q = self.queue.lock();
                if q.ended || q.stop {
                    return false;
                }
                if q.bytes < QUEUE_BYTES_MAX {
                    return true;
                }
            }
            waiting.await;
        }
    }

    /// Why the WAL ended, once it has.
    pub(crate) fn end(&self) -> watch::Receiver<Option<Result<(), WalError>>> {
        self.end.subscribe()
    }

    /// Whether the WAL has ended or is about to.
    pub(crate) fn has_ended(&self) -> bool {
        let q = self.queue.lock();
        q.ended || q.stop
    }

    /// Takes no more appends; the thread writes what is queued, seals, and ends.
    pub(crate) fn stop(&self) {
        self.queue.lock().stop = true;
        self.work.notify_one();
        self.space.notify_waiters();
    }
}
