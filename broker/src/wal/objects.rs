//! The task that writes slots to an object store, several at a time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use common_seams::Clock;
use storage::object_wal::{FlushRule, ObjectWal, Pace, Waiting};
use storage::slot::{EncodedSlot, SlotBuilder, SlotFlags};
use storage::wal::{SlotPlace, WalError};
use tokio::sync::mpsc;

use super::applier::{Applier, End};
use super::queue::{Buffer, Complete, Wal};
use super::writer::build;

/// How often a compaction is asked for that the next slot has to wait for.
const ASK_PAUSE: Duration = Duration::from_millis(500);

/// How long clients catch up after groups have come.
const BACKLOG: Duration = Duration::from_secs(3);

/// What the task is made of.
pub(crate) struct ObjectTaskParts {
    pub(crate) wal: Arc<Wal>,
    pub(crate) log: ObjectWal,
    pub(crate) rule: FlushRule,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cache_bytes: usize,
    /// New bytes after which a compaction is asked for.
    pub(crate) pass_bytes: usize,
    /// Most slots that are not compacted; the next one waits. Half of them ask for a compaction.
    pub(crate) slots_max: u64,
    pub(crate) complete: mpsc::Sender<Complete>,
}

/// Writes until the log is stopped or ends.
pub(crate) struct ObjectTask {
    parts: ObjectTaskParts,
    applier: Applier,
    sent: VecDeque<Sent>,
    pace: Pace,
    /// When the first of the open buffer was seen.
    since: Option<Duration>,
    /// Bytes, and the frontier, since a compaction was last asked for.
    new_bytes: usize,
    asked_at: u64,
    /// When a compaction was last asked for because the next slot has to wait for one.
    ask_at: Option<Duration>,
}

/// A slot in flight.
struct Sent {
    buffer: Buffer,
    slot: EncodedSlot,
    place: SlotPlace,
    at: Duration,
}

/// What the queue has for the writer.
enum Next {
    Write(Buffer),
    /// The open buffer lingers until this time.
    Linger(Duration),
    Nothing,
    Stop,
}

impl ObjectTask {
    pub(crate) fn new(parts: ObjectTaskParts) -> Self {
        let applier = Applier::new(Arc::clone(&parts.wal), parts.cache_bytes);
        let (sent, new_bytes, asked_at) = (VecDeque::new(), 0, 0);
        let (pace, since, ask_at) = (Pace::default(), None, None);
        Self { parts, applier, sent, pace, since, new_bytes, asked_at, ask_at }
    }

    /// Runs until the log is stopped or ends, then tells everyone.
    pub(crate) async fn run(mut self) {
        let mut end = End::new(&self.parts.wal);
        let outcome = self.write_all().await;
        for sent in self.sent {
            self.parts.wal.give_back(sent.buffer.acks);
        }
        end.set(outcome);
    }

    async fn write_all(&mut self) -> Result<(), WalError> {
        loop {
            let next = self.send_what_is_due()?;
            let in_flight = self.parts.log.window().in_flight() > 0;
            let until = match next {
                Next::Stop if !in_flight => break,
                Next::Linger(until) => Some(until),
                Next::Write(_) | Next::Nothing | Next::Stop => None,
            };
            let now = self.parts.clock.mono();
            let linger = async {
                match until {
                    Some(until) => tokio::time::sleep(until.saturating_sub(now)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                durable = self.parts.log.advanced(), if in_flight => self.apply(durable?),
                () = self.parts.wal.task.notified() => {}
                () = linger => {}
            }
        }
        // The next owner finds the end without having to put a seal of its own.
        self.parts.log.send(SlotBuilder::default(), SlotFlags::SEAL, self.parts.clock.wall_ms());
        self.parts.log.advanced().await.map(drop)
    }

    fn send_what_is_due(&mut self) -> Result<Next, WalError> {
        loop {
            let (fenced, at_once) = {
                let q = self.parts.wal.queue.lock();
                (q.fenced.clone(), q.stop || q.hurry)
            };
            if let Some(why) = fenced {
                return Err(why);
            }
            let now = self.parts.clock.mono();
            let window = self.parts.log.window();
            if self.kept() >= self.parts.slots_max && !at_once {
                // What keeps the slots may be another broker's work: it is looked at again and again.
                let asked = self.ask_at.get_or_insert(now);
                if now.saturating_sub(*asked) < ASK_PAUSE {
                    return Ok(Next::Linger(*asked + ASK_PAUSE));
                }
                *asked = now;
                // A pass that runs is as good.
                let below = window.frontier();
                let _ = self.parts.complete.try_send(Complete { below, hurry: true });
                return Ok(Next::Linger(now + ASK_PAUSE));
            }
            if !window.has_room() {
                return Ok(Next::Nothing);
            }
            match self.next() {
                Next::Write(buffer) => self.send(buffer),
                other => return Ok(other),
            }
        }
    }

    /// Slots that are not compacted.
    fn kept(&self) -> u64 {
        let compacted = self.parts.wal.compacted.load(Ordering::Acquire);
        self.parts.log.window().next().saturating_sub(compacted)
    }

    fn next(&mut self) -> Next {
        let now = self.parts.clock.mono();
        let in_flight = self.parts.log.window().in_flight() > 0;
        let crowded = self.kept() >= self.parts.slots_max / 2;
        let mut q = self.parts.wal.queue.lock();
        if let Some(buffer) = q.closed.pop_front() {
            self.since = None;
            return Next::Write(buffer);
        }
        if q.open.is_empty() {
            self.since = None;
            (q.idle, q.hurry) = (true, false);
            return if q.stop { Next::Stop } else { Next::Nothing };
        }
        if std::mem::take(&mut q.backlog) {
            self.pace.free(now + BACKLOG);
        }
        let since = *self.since.get_or_insert(now);
        let waiting = Waiting { bytes: q.open.bytes, since, in_flight, crowded };
        let due = self.parts.rule.due(&waiting, &self.pace);
        if due > now && !q.stop && !q.hurry {
            return Next::Linger(due);
        }
        self.since = None;
        q.hurry = false;
        q.open_ticket += 1;
        Next::Write(std::mem::take(&mut q.open))
    }

    fn send(&mut self, mut buffer: Buffer) {
        let builder = build(&mut buffer.entries, &buffer.log_starts);
        // Before the request leaves: what it proves is counted from here.
        let at = self.parts.clock.mono();
        let sent = self.parts.log.send(builder, SlotFlags::DATA, self.parts.clock.wall_ms());
        let (slot, place) = sent.expect("the window has room");
        self.pace.sent(&self.parts.rule, at);
        self.sent.push_back(Sent { buffer, slot, place, at });
        self.tell_place(None);
    }

    fn tell_place(&self, proof: Option<Duration>) {
        let window = self.parts.log.window();
        let mut place = self.parts.wal.place.lock();
        (place.next, place.idle) = (window.next(), window.in_flight() == 0);
        place.proof = place.proof.max(proof.unwrap_or_default());
    }

    fn apply(&mut self, durable: std::ops::Range<u64>) {
        for _ in durable {
            let Some(sent) = self.sent.pop_front() else { return };
            self.new_bytes += sent.buffer.bytes;
            let at = sent.at;
            self.applier.apply(sent.buffer, &sent.slot, sent.place);
            self.tell_place(Some(at));
        }
        self.tell_place(None);
        let frontier = self.parts.log.window().frontier();
        let many = frontier - self.asked_at >= (self.parts.slots_max / 2).max(1);
        if (many || self.new_bytes >= self.parts.pass_bytes)
            && self.parts.complete.try_send(Complete { below: frontier, hurry: many }).is_ok()
        {
            self.new_bytes = 0;
            self.asked_at = frontier;
        }
    }
}
