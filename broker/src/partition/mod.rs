//! One partition: offsets, producers, the tail cache, and where older data lies.

mod append;
mod config;
mod extent;
mod pg;
mod producers;
mod read;
mod recover;
mod waiter;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use protocol::error_code;
use std::sync::Weak;
use storage::ids::{PartitionId, PgId};
use storage::manifest::EpochStart;
use storage::planted::{Planted, on};
use storage::slot::ChunkKind;

pub(crate) use append::{AppendError, Appended};
pub use config::{CONFIGS, ConfigDef, ConfigError, ConfigKind, TopicConfig, definition};
pub(crate) use extent::{LiveExtent, OpenChunk};
pub use pg::Pg;
pub(crate) use pg::Role;
pub(crate) use producers::Producers;
pub(crate) use read::{ReadError, ReadPlan, Source, cut_batches, plan};
pub(crate) use recover::Replayed;
pub(crate) use waiter::FetchWaiter;

/// One partition. All its state is behind one short lock; nothing awaits while holding it.
#[derive(Debug)]
pub struct Partition {
    pub(crate) id: PartitionId,
    pub(crate) pg: Arc<Pg>,
    pub(crate) kind: ChunkKind,
    pub(crate) state: Mutex<PartitionState>,
}

#[derive(Debug)]
pub(crate) struct CachedBatch {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) bytes: Bytes,
}

#[derive(Debug, Default)]
pub(crate) struct PartitionState {
    pub(crate) log_start: i64,
    /// Next offset to assign.
    pub(crate) next_offset: i64,
    /// First offset that is not durable. Nothing at or above it is ever served.
    pub(crate) high_watermark: i64,
    pub(crate) epochs: Vec<EpochStart>,
    pub(crate) producers: Producers,
    /// Data in closed files or segments, by offset.
    pub(crate) extents: Vec<LiveExtent>,
    /// Data behind that, in the file that is being written or in slots.
    pub(crate) active: Vec<OpenChunk>,
    /// The newest durable batches, contiguous up to the high watermark.
    pub(crate) cache: VecDeque<CachedBatch>,
    pub(crate) waiters: Vec<Weak<FetchWaiter>>,
    /// The topic was deleted: nothing is appended any more.
    pub(crate) closed: bool,
}

impl Partition {
    pub(crate) fn new(id: PartitionId, pg: Arc<Pg>, kind: ChunkKind) -> Self {
        Self { id, pg, kind, state: Mutex::new(PartitionState::default()) }
    }

    /// The placement group that it belongs to, for good.
    #[must_use]
    pub fn pg(&self) -> PgId {
        self.pg.id
    }

    /// (log start, high watermark).
    #[must_use]
    pub fn bounds(&self) -> (i64, i64) {
        let s = self.state.lock();
        (s.log_start, s.high_watermark)
    }

    /// (log start, high watermark), where this process answers for the partition.
    pub(crate) fn led_bounds(&self) -> Result<(i64, i64), i16> {
        let s = self.state.lock();
        // Under the lock: nothing is forgotten before the group is left.
        if self.pg.leads() {
            let above = on(Planted::AboveHighWatermark);
            Ok((s.log_start, if above { s.next_offset } else { s.high_watermark }))
        } else {
            Err(error_code::NOT_LEADER_OR_FOLLOWER)
        }
    }

    /// Bytes of records that the log holds.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.state.lock().size()
    }

    /// Stops appends and wakes everyone who waits.
    pub(crate) fn close(&self) {
        let mut s = self.state.lock();
        s.closed = true;
        s.wake_all();
    }

    /// Forgets everything: it is recovered anew, or somebody else has it.
    pub(crate) fn reset(&self) {
        let mut s = self.state.lock();
        s.wake_all();
        *s = PartitionState { closed: s.closed, ..PartitionState::default() };
    }

    /// Returns when no append is under way that began while the group was led.
    pub(crate) fn settle(&self) {
        self.state.lock().wake_all();
    }
}

impl PartitionState {
    fn wake_all(&mut self) {
        for waiter in self.waiters.drain(..).filter_map(|w| w.upgrade()) {
            waiter.wake();
        }
    }

    pub(crate) fn size(&self) -> u64 {
        let active: u64 = self.active.iter().map(|c| c.at.length).sum();
        self.extents.iter().map(|e| e.bytes).sum::<u64>() + active
    }

    /// The end offset of a leader epoch: the start of the next one (KIP-101).
    pub(crate) fn epoch_end(&self, epoch: i32, current: i32) -> Option<(i32, i64)> {
        if epoch == current {
            return Some((current, self.high_watermark));
        }
        if epoch > current {
            return None;
        }
        let next = self.epochs.partition_point(|e| e.epoch <= epoch);
        let end = self.epochs.get(next).map_or(self.high_watermark, |e| e.start);
        let known = next.checked_sub(1).map_or(epoch, |i| self.epochs[i].epoch);
        Some((known, end))
    }
}
