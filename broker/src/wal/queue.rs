//! What producers share with the writer: buffers, tickets, and who waits for what.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use storage::at_rest::{DataKey, Keyring};
use storage::slot::BatchSummary;
use storage::wal::WalError;
use tokio::sync::{Notify, watch};

use crate::partition::Partition;

/// A buffer is closed at this many bytes, so that slots stay small enough to recover and to read.
const SLOT_BYTES_MAX: usize = 4 << 20;
/// Appends wait while this many bytes are queued.
pub(super) const QUEUE_BYTES_MAX: usize = 64 << 20;

/// All slots below lie in closed files, or may be compacted: their data can go into manifests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Complete {
    pub(crate) below: u64,
    /// Whether somebody soon waits for those slots to be given up.
    pub(crate) hurry: bool,
}

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
    /// Seals it before it is written: the key that the tenant had when it was appended.
    pub(crate) key: Option<Arc<DataKey>>,
}

#[derive(Debug, Default)]
pub(super) struct Buffer {
    pub(super) entries: Vec<WalEntry>,
    /// Moves of a log start: (partition, new start).
    pub(super) log_starts: Vec<(Arc<Partition>, i64)>,
    pub(super) bytes: usize,
    /// Who waits for this ticket.
    pub(super) acks: Vec<Arc<Notify>>,
}

impl Buffer {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.log_starts.is_empty()
    }
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Closed buffers, oldest first; then the open one.
    pub(super) closed: VecDeque<Buffer>,
    pub(super) open: Buffer,
    /// Ticket of the open buffer.
    pub(super) open_ticket: u64,
    pub(super) bytes: usize,
    /// Who asked for a ticket while its buffer was already being written.
    late: Vec<(u64, Arc<Notify>)>,
    pub(super) idle: bool,
    /// All that is queued goes as soon as it can. Object tier only.
    pub(super) hurry: bool,
    /// Slots need not be earned for a while. Object tier only.
    pub(super) backlog: bool,
    pub(super) stop: bool,
    /// Why the writer must end at once.
    pub(super) fenced: Option<WalError>,
    pub(super) ended: bool,
}

impl Queue {
    /// Everyone in `late` whose ticket is below `durable`.
    pub(super) fn take_late(&mut self, durable: u64) -> Vec<Arc<Notify>> {
        let (done, rest) = self.late.drain(..).partition(|(ticket, _)| *ticket < durable);
        self.late = rest;
        let done: Vec<(u64, Arc<Notify>)> = done;
        done.into_iter().map(|(_, who)| who).collect()
    }
}

/// Where the writer of an object log is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The slot that it will write next.
    pub(crate) next: u64,
    /// Whether nothing is in flight.
    pub(crate) idle: bool,
    /// When the newest slot was sent that is durable, with all before it.
    pub(crate) proof: Duration,
}

/// The shared half of a WAL.
#[derive(Debug)]
pub(crate) struct Wal {
    /// Keys that seal what is appended.
    pub(crate) keys: Arc<Keyring>,
    pub(super) queue: Mutex<Queue>,
    /// Wakes the thread of a disk.
    pub(super) work: Condvar,
    /// Wakes the task of an object store.
    pub(super) task: Notify,
    /// All slots below are in manifests. Object tier only.
    pub(super) compacted: AtomicU64,
    /// The next slot, and whether none is in flight. Object tier only.
    pub(super) place: Mutex<Place>,
    pub(super) durable: AtomicU64,
    pub(super) space: Notify,
    pub(super) end: watch::Sender<Option<Result<(), WalError>>>,
}

impl Wal {
    pub(crate) fn new(keys: Arc<Keyring>) -> Arc<Self> {
        Arc::new(Self {
            keys,
            // Ticket 0 stands for everything recovered: durable before anything is pushed.
            queue: Mutex::new(Queue { open_ticket: 1, ..Queue::default() }),
            work: Condvar::new(),
            task: Notify::new(),
            compacted: AtomicU64::new(0),
            place: Mutex::new(Place { next: 0, idle: true, proof: Duration::ZERO }),
            durable: AtomicU64::new(1),
            space: Notify::new(),
            end: watch::Sender::new(None),
        })
    }

    /// Queues a batch; returns its ticket, or none when the WAL has ended.
    pub(crate) fn push(&self, entry: WalEntry) -> Option<u64> {
        let mut q = self.queue.lock();
        if q.ended || q.stop || q.fenced.is_some() {
            return None;
        }
        if q.open.bytes > 0 && q.open.bytes + entry.bytes.len() > SLOT_BYTES_MAX {
            let full = std::mem::take(&mut q.open);
            q.closed.push_back(full);
            q.open_ticket += 1;
            // A task that lingers over the open buffer is due now.
            q.idle = true;
        }
        q.open.bytes += entry.bytes.len();
        q.bytes += entry.bytes.len();
        q.open.entries.push(entry);
        Some(self.pushed(q))
    }

    /// Queues the move of a log start.
    pub(crate) fn push_log_start(&self, partition: &Arc<Partition>, start: i64) -> Option<u64> {
        let mut q = self.queue.lock();
        if q.ended || q.stop || q.fenced.is_some() {
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
            self.wake();
        }
        ticket
    }

    fn wake(&self) {
        self.work.notify_one();
        self.task.notify_one();
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

    /// What was pushed is to become durable soon, also where the log has as many slots as it may have:
    /// partitions stand still until it is, and slots are kept for them.
    pub(crate) fn hurry(&self) {
        self.queue.lock().hurry = true;
        self.task.notify_one();
    }

    /// Groups have come, and with them what their clients held back meanwhile. A client has few requests
    /// in flight: it catches up the sooner the faster they are answered.
    pub(crate) fn expect_backlog(&self) {
        self.queue.lock().backlog = true;
        self.task.notify_one();
    }

    /// The last ticket that anything was pushed under.
    pub(crate) fn last_ticket(&self) -> u64 {
        let q = self.queue.lock();
        if q.open.is_empty() { q.open_ticket - 1 } else { q.open_ticket }
    }

    /// Where the writer is. Object tier only.
    pub(crate) fn place(&self) -> Place {
        *self.place.lock()
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
        q.ended || q.stop || q.fenced.is_some()
    }

    /// Takes no more appends; the thread writes what is queued, seals, and ends.
    pub(crate) fn stop(&self) {
        self.queue.lock().stop = true;
        self.wake();
        self.space.notify_waiters();
    }

    /// Ends the log at once: this incarnation has been replaced. Slots in flight are left to chance.
    pub(crate) fn fence(&self, why: WalError) {
        self.queue.lock().fenced.get_or_insert(why);
        self.wake();
    }

    /// Slots below are in manifests: the writer may go on, if it waited for that.
    pub(crate) fn set_compacted(&self, below: u64) {
        self.compacted.fetch_max(below, Ordering::AcqRel);
        self.task.notify_one();
    }
}
