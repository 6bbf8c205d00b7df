//! One coordinator slot at work.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::log;
use crate::cell::Cell;
use crate::group::{AppendFailure, AppendId, Effects, GroupCoordinator, Now, Response, Token};
use crate::partition::Partition;

/// A slot's log is written anew from a snapshot once this many bytes came since the last one, or as many
/// as that one had: a large state must not be written again and again for small changes.
const NEWS_BYTES_MIN: u64 = 4 << 20;
/// Records per batch of a snapshot.
const SNAPSHOT_BATCH: usize = 500;

/// A slot: its state machine, and who waits for what.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) partition: Arc<Partition>,
    pub(super) held: Mutex<Held>,
}

/// What this process has of a slot, and in which tenure of its placement group.
#[derive(Debug)]
pub(super) enum Held {
    /// Another broker coordinates its groups, or nobody.
    Away,
    /// Its log is being read.
    Loading(u64),
    /// It is at work.
    Loaded(u64, Box<SlotState>),
}

impl Held {
    /// The slot at work.
    pub(super) fn state(&mut self) -> Option<&mut SlotState> {
        match self {
            Self::Loaded(_, state) => Some(state),
            Self::Away | Self::Loading(_) => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct SlotState {
    pub(super) coordinator: GroupCoordinator,
    waiting: HashMap<Token, oneshot::Sender<Response>>,
    /// Appends that are not durable yet, oldest first, with their WAL tickets.
    pending: VecDeque<(AppendId, u64)>,
    /// Bytes that came after the last snapshot.
    news_bytes: u64,
    /// Bytes of the last snapshot that this process wrote.
    snapshot_bytes: u64,
}

impl SlotState {
    /// A slot whose log has `log_bytes`.
    pub(super) fn new(coordinator: GroupCoordinator, log_bytes: u64) -> Self {
        Self {
            coordinator,
            waiting: HashMap::new(),
            pending: VecDeque::new(),
            news_bytes: log_bytes,
            snapshot_bytes: 0,
        }
    }

    pub(super) fn expect(&mut self, token: Token) -> oneshot::Receiver<Response> {
        let (tx, rx) = oneshot::channel();
        self.waiting.insert(token, tx);
        rx
    }

    /// Does what the state machine asked for. Returns the last ticket to wait for, if there is one.
    pub(super) fn apply(
        &mut self,
        cell: &Cell,
        partition: &Arc<Partition>,
        effects: Effects,
    ) -> Option<u64> {
        let mut last = None;
        let mut work = VecDeque::from([effects]);
        while let Some(effects) = work.pop_front() {
            for (token, response) in effects.responses {
                if let Some(waiting) = self.waiting.remove(&token) {
                    // A client that went away needs no answer.
                    let _ = waiting.send(response);
                }
            }
            for append in effects.appends {
                match log::append(cell, partition, &append.records) {
                    Ok(written) => {
                        self.pending.push_back((append.id, written.ticket));
                        self.news_bytes += written.bytes;
                        last = Some(written.ticket);
                    }
                    Err(e) => {
                        tracing::warn!(error = %e, "a group's records were not written");
                        let now = Now::of(&*cell.clock);
                        let failure = AppendFailure::Unavailable;
                        work.push_back(self.coordinator.on_append_failed(now, append.id, failure));
                    }
                }
            }
        }
        last
    }

    /// Tells the state machine what became durable, in the order of the appends.
    pub(super) fn settle(&mut self, cell: &Cell, partition: &Arc<Partition>) -> Option<u64> {
        let mut last = None;
        while let Some((id, ticket)) = self.pending.front().copied() {
            if !cell.wal.is_durable(ticket) {
                break;
            }
            self.pending.pop_front();
            let effects = self.coordinator.on_durable(Now::of(&*cell.clock), id);
            last = last.max(self.apply(cell, partition, effects));
        }
        last
    }

    /// Writes all live state anew and moves the log start behind the old records.
    pub(super) fn compact(&mut self, cell: &Cell, partition: &Arc<Partition>) {
        // INVARIANT: a snapshot holds durable state only, so nothing may be on its way to the log.
        let few = self.news_bytes < self.snapshot_bytes.max(NEWS_BYTES_MIN);
        if few || !self.pending.is_empty() {
            return;
        }
        let start = partition.state.lock().next_offset;
        let mut bytes = 0;
        for records in self.coordinator.snapshot().chunks(SNAPSHOT_BATCH) {
            match log::append(cell, partition, records) {
                Ok(written) => bytes += written.bytes,
                Err(e) => {
                    tracing::warn!(error = %e, "a group snapshot was not written; it is tried again");
                    return;
                }
            }
        }
        (self.news_bytes, self.snapshot_bytes) = (0, bytes);
        // Queued behind the snapshot: it becomes durable with it or after it, never before. Where the
        // group of partitions goes to another broker meanwhile, the old records stay for a while.
        let _ = partition.move_log_start(&cell.wal, start);
    }
}
