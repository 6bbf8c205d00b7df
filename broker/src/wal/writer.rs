//! Turns buffers into slots and keeps the directory of the open file.

use std::sync::Arc;
use std::time::Duration;

use common_seams::Clock;
use storage::ids::WalIdentity;
use storage::slot::{Chunk, ChunkKind, EncodedSlot, HEADER_SIZE, SlotBuilder, SlotFlags};
use storage::wal::{FsyncPolicy, SlotPlace, WalError, WalStore};

use super::queue::WalEntry;
use crate::partition::Partition;

/// Numbers slots and hands them to the store. Used by recovery first, then by the WAL thread.
pub(crate) struct WalWriter {
    store: Box<dyn WalStore>,
    wal: WalIdentity,
    clock: Arc<dyn Clock>,
    policy: FsyncPolicy,
    next_slot: u64,
    /// All slots below are durable.
    frontier: u64,
    /// Chunks of the open file, positions from the start of the file.
    directory: Vec<Chunk>,
}

impl WalWriter {
    pub(crate) fn new(
        store: Box<dyn WalStore>,
        wal: WalIdentity,
        clock: Arc<dyn Clock>,
        policy: FsyncPolicy,
    ) -> Self {
        Self { store, wal, clock, policy, next_slot: 0, frontier: 0, directory: Vec::new() }
    }

    pub(crate) fn identity(&self) -> WalIdentity {
        self.wal
    }

    pub(crate) fn next_slot(&self) -> u64 {
        self.next_slot
    }

    /// Running time.
    pub(crate) fn now(&self) -> Duration {
        self.clock.mono()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.store.file_is_full()
    }

    pub(crate) fn sync(&mut self) -> Result<(), WalError> {
        self.store.sync()
    }

    /// Writes a slot of data.
    pub(crate) fn put(
        &mut self,
        builder: SlotBuilder,
    ) -> Result<(EncodedSlot, SlotPlace), WalError> {
        let (slot, place) = self.write(builder, SlotFlags::DATA)?;
        self.directory.extend(slot.footer.chunks.iter().map(|c| {
            let mut in_file = *c;
            in_file.position += place.position + HEADER_SIZE as u64;
            in_file
        }));
        Ok((slot, place))
    }

    /// Closes the file with a roll-up and opens the next. Returns the closed file's place.
    pub(crate) fn roll(&mut self) -> Result<SlotPlace, WalError> {
        let place = self.write_rollup(SlotFlags::NOOP)?;
        self.store.roll(self.next_slot)?;
        Ok(place)
    }

    /// Ends the WAL for good. Returns the closed file's place and the slot of the seal.
    pub(crate) fn seal(&mut self) -> Result<(SlotPlace, u64), WalError> {
        let slot = self.next_slot;
        let place = self.write_rollup(SlotFlags::SEAL)?;
        self.store.close()?;
        Ok((place, slot))
    }

    fn write_rollup(&mut self, flags: SlotFlags) -> Result<SlotPlace, WalError> {
        let mut builder = SlotBuilder::default();
        builder.set_rollup(std::mem::take(&mut self.directory));
        Ok(self.write(builder, flags)?.1)
    }

    fn write(
        &mut self,
        builder: SlotBuilder,
        flags: SlotFlags,
    ) -> Result<(EncodedSlot, SlotPlace), WalError> {
        let flags = if self.policy.is_durable() { flags } else { flags.with(SlotFlags::UNSYNCED) };
        let now = self.clock.wall_ms();
        let slot = builder.finish(self.wal, self.next_slot, flags, self.frontier, now);
        let place = self.store.put_slot(&slot)?;
        self.next_slot += 1;
        self.frontier = self.next_slot;
        Ok((slot, place))
    }
}

/// Lays the batches of a buffer out: by placement group, partition, then offset.
pub(super) fn build(entries: &mut [WalEntry], log_starts: &[(Arc<Partition>, i64)]) -> SlotBuilder {
    // Stable: batches of one partition keep the order in which their offsets were assigned.
    entries.sort_by_key(|e| (e.partition.pg.id, e.partition.id));
    let mut builder = SlotBuilder::default();
    for run in entries.chunk_by(same_chunk) {
        let first = &run[0];
        builder.begin_chunk(chunk(
            &first.partition,
            first.partition.kind,
            first.first,
            first.pg_epoch,
        ));
        for e in run {
            builder.push_batch(e.bytes.clone(), e.first, e.last, e.max_timestamp);
            if let Some(p) = e.producer {
                builder.push_producer(p.id, p.epoch, p.batch);
            }
        }
        if let Some(key) = &first.key {
            builder.seal_chunk(key);
        }
    }
    for (partition, start) in log_starts {
        let epoch = partition.pg.epoch();
        builder.begin_chunk(chunk(partition, ChunkKind::DeleteRecords, *start, epoch));
    }
    builder
}

/// A chunk is of one partition, one leader epoch and one key.
pub(super) fn same_chunk(a: &WalEntry, b: &WalEntry) -> bool {
    let key = |e: &WalEntry| e.key.as_ref().map(|key| key.id());
    Arc::ptr_eq(&a.partition, &b.partition) && a.pg_epoch == b.pg_epoch && key(a) == key(b)
}

fn chunk(partition: &Partition, kind: ChunkKind, first: i64, pg_epoch: i32) -> Chunk {
    Chunk {
        partition: partition.id,
        pg: partition.pg.id,
        pg_epoch,
        kind,
        first_offset: first,
        last_offset: first,
        position: 0,
        length: 0,
        max_timestamp: -1,
        encryption_key: 0,
    }
}
