//! Replays the logs of earlier incarnations: one way of applying chunks, two sources of them.
//!
//! Object tier: a log that was sealed is durable where it lies, and its chunks stay in their slots until
//! they are compacted.
//!
//! Disk tier: recovered is not durable until written again and synced: after kill -9 the page cache
//! shows bytes that the disk may never have got. Slots below the highest frontier in any header were
//! synced before that header was written; they stay. Slots at or above it are verified, written again
//! into the new WAL and synced, before anything listens.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use storage::file_index::ChunkAt;
use storage::ids::{BrokerEpoch, PartitionId, WalIdentity};
use storage::meta::{CellState, EpochState, MetaOp};
use storage::object_ref::ObjectRef;
use storage::planted::{Planted, on};
use storage::slot::{Chunk, EncodedSlot, HEADER_SIZE, ScannedSlot, SlotBuilder, SlotFlags};
use storage::wal::{ScannedFile, WalError, WalRead};

use super::checkpoint::Stored;
use crate::partition::{LiveExtent, OpenChunk, Partition, Replayed};
use crate::wal::WalWriter;

/// Applies chunks to the partitions of the cell.
#[derive(Clone, Copy)]
pub(super) struct Replay<'a> {
    pub(super) partitions: &'a HashMap<PartitionId, Arc<Partition>>,
    pub(super) now: Duration,
}

impl Replay<'_> {
    /// Replays parts of logs on an object store, in the order in which they were written: a group that
    /// went from one incarnation to another and back has leader epochs that tell.
    pub(super) fn logs(&self, files: &[Arc<ScannedFile>]) -> Result<(), WalError> {
        let slots = files.iter().flat_map(|file| file.slots.iter().map(move |slot| (file, slot)));
        let mut chunks: Vec<_> = slots
            .flat_map(|(file, slot)| (0..slot.footer.chunks.len()).map(move |i| (file, slot, i)))
            .filter(|(_, slot, i)| self.partitions.contains_key(&slot.footer.chunks[*i].partition))
            .collect();
        chunks.sort_by_key(|(file, slot, i)| {
            (slot.footer.chunks[*i].pg_epoch, file.file.wal_parts(), *i)
        });
        for (file, slot, i) in chunks {
            let Some((partition, Replayed::Appended)) = self.chunk(file, slot, i)? else {
                continue;
            };
            let mut at = ChunkAt::from(&slot.footer.chunks[i]);
            at.position += slot.position + HEADER_SIZE as u64;
            partition.state.lock().active.push(OpenChunk { object: file.file, at });
        }
        Ok(())
    }

    fn chunk(
        &self,
        file: &ScannedFile,
        slot: &ScannedSlot,
        i: usize,
    ) -> Result<Option<(Arc<Partition>, Replayed)>, WalError> {
        let chunk = &slot.footer.chunks[i];
        // Topics that were deleted are skipped: their chunks count as covered.
        let Some(partition) = self.partitions.get(&chunk.partition) else { return Ok(None) };
        let producers: Vec<_> =
            slot.footer.producers.iter().filter(|p| p.chunk as usize == i).collect();
        let replayed = partition.replay(chunk, &producers, self.now).map_err(|gap| {
            let id = chunk.partition;
            let text =
                format!("partition {} of topic {} of {}: {gap}", id.index, id.topic, id.tenant);
            corrupt(&file.file, slot.position, &text)
        })?;
        Ok(Some((Arc::clone(partition), replayed)))
    }
}

/// What a recovery from files found.
#[derive(Default)]
pub(super) struct Recovered {
    /// Partitions with data in the new WAL's first file.
    pub(super) touched: HashMap<PartitionId, Arc<Partition>>,
    /// Seals to write once the new epoch is committed.
    pub(super) seals: Vec<Seal>,
    /// Metadata operations that end the old epochs.
    pub(super) ops: Vec<MetaOp>,
}

/// Replays the files of all earlier epochs, as far as manifests do not cover them.
pub(super) fn recover_disk(
    reader: &dyn WalRead,
    writer: &mut WalWriter,
    replay: Replay<'_>,
    state: &CellState,
    stored: &BTreeMap<u32, Stored>,
) -> Result<Recovered, WalError> {
    let groups: BTreeSet<_> = replay.partitions.values().map(|p| p.pg.id).collect();
    let mut recovery = Recovery { reader, writer, replay, found: Recovered::default() };
    for (epoch, epoch_state) in state.epochs() {
        // An owner has replayed all epochs before its own, so its manifests cover them.
        let covered = groups.iter().map(|pg| match stored.get(&pg.0) {
            Some(m) if m.manifest.owner > *epoch => u64::MAX,
            Some(m) => m.manifest.covered_slot(*epoch),
            None => 0,
        });
        let from = covered.min().unwrap_or(0);
        let ended = matches!(epoch_state, EpochState::Sealed { .. });
        let done = match epoch_state {
            EpochState::Sealed { end } => from >= *end,
            EpochState::Active | EpochState::Fenced => from == u64::MAX,
        };
        if !done {
            recovery.replay_epoch(BrokerEpoch(*epoch), *epoch_state, from)?;
        } else if !ended {
            recovery.seal_covered(BrokerEpoch(*epoch))?;
        }
    }
    recovery.writer.sync()?;
    Ok(recovery.found)
}

struct Recovery<'a> {
    reader: &'a dyn WalRead,
    writer: &'a mut WalWriter,
    replay: Replay<'a>,
    found: Recovered,
}

/// The end that an old file still needs.
pub(super) struct Seal {
    file: ObjectRef,
    at: u64,
    slot: EncodedSlot,
}

impl Seal {
    pub(super) fn write(&self, reader: &dyn WalRead) -> Result<(), WalError> {
        reader.seal_file(&self.file, self.at, &self.slot)
    }
}

impl Recovery<'_> {
    /// Replays one epoch. Slots below `from` are in manifests.
    fn replay_epoch(
        &mut self,
        epoch: BrokerEpoch,
        state: EpochState,
        from: u64,
    ) -> Result<(), WalError> {
        let files = self.reader.files(epoch).map_err(|e| unreadable(epoch, &e))?;
        let skip = files.partition_point(|f| f.wal_parts().1 <= from).saturating_sub(1);
        let cell = self.writer.identity().cell;
        let mut scanned = Vec::new();
        for file in &files[skip..] {
            scanned.push(self.reader.scan(cell, file).map_err(|e| unreadable(epoch, &e))?);
        }
        check_joined(&scanned)?;
        let keep = match state {
            EpochState::Sealed { end } => end,
            EpochState::Active | EpochState::Fenced => self.end_of_active(&scanned)?,
        };
        let ended = matches!(state, EpochState::Sealed { .. });
        let last = scanned.len().saturating_sub(1);
        for (i, file) in scanned.iter().enumerate() {
            self.replay_file(file, keep, i == last, ended)?;
        }
        if !ended {
            self.found.ops.push(MetaOp::SealEpoch { epoch: epoch.0, end: keep });
        }
        Ok(())
    }

    /// Ends an epoch that manifests cover to its last slot, as a clean stop leaves it.
    fn seal_covered(&mut self, epoch: BrokerEpoch) -> Result<(), WalError> {
        let files = self.reader.files(epoch).map_err(|e| unreadable(epoch, &e))?;
        let cell = self.writer.identity().cell;
        let end = match files.last() {
            Some(file) => {
                let last = self.reader.last_slot(cell, file).map_err(|e| unreadable(epoch, &e))?;
                last.header.slot + 1
            }
            None => 0,
        };
        self.found.ops.push(MetaOp::SealEpoch { epoch: epoch.0, end });
        Ok(())
    }

    /// First slot of an unsealed epoch that is not proven durable where it lies.
    fn end_of_active(&self, files: &[ScannedFile]) -> Result<u64, WalError> {
        let Some(last) = files.last() else { return Ok(0) };
        let next = last.file.wal_parts().1 + last.slots.len() as u64;
        if let Some(behind) = last.frontier_behind.filter(|f| *f > next) {
            return Err(corrupt(
                &last.file,
                last.end,
                &format!("slot {next} was durable (a later slot proves {behind}) and is missing"),
            ));
        }
        let all = || files.iter().flat_map(|f| &f.slots);
        let sealed = all().next_back().is_some_and(|s| s.header.flags.has(SlotFlags::SEAL));
        if sealed || on(Planted::RecoveredUnsynced) {
            return Ok(next);
        }
        if all().any(|s| s.header.flags.has(SlotFlags::UNSYNCED)) {
            // The frontier proves nothing here. Everything that verifies is synced where it lies.
            for file in files {
                self.reader.sync_file(&file.file)?;
            }
            return self.first_damaged(files, 0, next);
        }
        Ok(all()
            .map(|s| s.header.frontier)
            .max()
            .unwrap_or(0)
            .max(files.first().map_or(0, |f| f.file.wal_parts().1)))
    }

    fn first_damaged(&self, files: &[ScannedFile], from: u64, end: u64) -> Result<u64, WalError> {
        for file in files {
            for slot in file.slots.iter().filter(|s| s.header.slot >= from) {
                let good = self.reader.verify(&file.file, slot);
                if !good.map_err(|e| corrupt(&file.file, slot.position, &e.to_string()))? {
                    return Ok(slot.header.slot);
                }
            }
        }
        Ok(end)
    }

    fn replay_file(
        &mut self,
        file: &ScannedFile,
        keep: u64,
        is_last: bool,
        ended: bool,
    ) -> Result<(), WalError> {
        let mut rollup = Vec::new();
        let (mut closed, mut end) = (false, 0);
        for slot in &file.slots {
            if slot.header.slot < keep {
                self.keep_slot(file, slot, &mut rollup)?;
                closed = slot.header.body_len == 0 && !slot.footer.rollup.is_empty();
                closed |= slot.header.flags.has(SlotFlags::SEAL);
                end = slot.position + slot.header.total_len();
            } else if !ended && !self.write_again(file, slot)? {
                break;
            }
        }
        // The power may go between the slot that closes a file and the cut behind it; a closed file is read
        // from its end.
        let cut = !file.uncut || on(Planted::UncutEnd);
        if is_last && !(closed && cut) {
            let seal = self.seal(file, rollup, end);
            self.found.seals.push(seal);
        }
        Ok(())
    }

    /// Data that stays where it is.
    fn keep_slot(
        &self,
        file: &ScannedFile,
        slot: &ScannedSlot,
        rollup: &mut Vec<Chunk>,
    ) -> Result<(), WalError> {
        for (i, chunk) in slot.footer.chunks.iter().enumerate() {
            let mut in_file = *chunk;
            in_file.position += slot.position + HEADER_SIZE as u64;
            rollup.push(in_file);
            let Some((partition, Replayed::Appended)) = self.replay.chunk(file, slot, i)? else {
                continue;
            };
            partition.state.lock().adopt(LiveExtent {
                first: chunk.first_offset,
                last: chunk.last_offset,
                file: file.file,
                max_timestamp: chunk.max_timestamp,
                bytes: chunk.length,
                encryption_key: chunk.encryption_key,
            });
        }
        Ok(())
    }

    /// Data that is not proven durable: verified, then written into the new WAL. False: the torn end.
    fn write_again(&mut self, file: &ScannedFile, slot: &ScannedSlot) -> Result<bool, WalError> {
        let bad = |e: std::io::Error| corrupt(&file.file, slot.position, &e.to_string());
        if !self.reader.verify(&file.file, slot).map_err(bad)? {
            return Ok(false);
        }
        if slot.footer.chunks.is_empty() {
            return Ok(true);
        }
        let at = slot.position + HEADER_SIZE as u64;
        let body = self.reader.read(&file.file, at, slot.header.body_len).map_err(bad)?;
        let mut footer = slot.footer.clone();
        footer.rollup.clear();
        let (written, place) = self.writer.put(SlotBuilder::again(footer, body))?;
        for (i, chunk) in written.footer.chunks.iter().enumerate() {
            let Some((partition, Replayed::Appended)) = self.replay.chunk(file, slot, i)? else {
                continue;
            };
            let mut at = ChunkAt::from(chunk);
            at.position += place.position + HEADER_SIZE as u64;
            partition.state.lock().active.push(OpenChunk { object: place.file, at });
            self.found.touched.insert(partition.id, partition);
        }
        Ok(true)
    }

    fn seal(&self, file: &ScannedFile, rollup: Vec<Chunk>, at: u64) -> Seal {
        let (epoch, first) = file.file.wal_parts();
        let kept = file.slots.iter().filter(|s| s.position + s.header.total_len() <= at).count();
        let slot = first + kept as u64;
        let mut builder = SlotBuilder::default();
        builder.set_rollup(rollup);
        let wal = WalIdentity { epoch, ..self.writer.identity() };
        let slot = builder.finish(wal, slot, SlotFlags::SEAL, slot, 0);
        Seal { file: file.file, at, slot }
    }
}

/// Every file but the last must end exactly where the next one begins.
fn check_joined(files: &[ScannedFile]) -> Result<(), WalError> {
    for pair in files.windows(2) {
        let (file, next) = (&pair[0], pair[1].file.wal_parts().1);
        let end = file.file.wal_parts().1 + file.slots.len() as u64;
        if end != next {
            let why = file.torn.as_deref().unwrap_or("the file ends early");
            return Err(corrupt(&file.file, file.end, &format!("slot {end} is missing: {why}")));
        }
    }
    Ok(())
}

fn corrupt(file: &ObjectRef, position: u64, reason: &str) -> WalError {
    let (epoch, slot) = file.wal_parts();
    let path = storage::keys::ObjectKey::Wal { epoch, lane: file.lane, slot }.to_string();
    WalError::Corrupt { path, position, reason: reason.to_owned() }
}

fn unreadable(epoch: BrokerEpoch, e: &std::io::Error) -> WalError {
    WalError::Io { what: "read", path: storage::keys::wal_prefix(epoch, 0), reason: e.to_string() }
}
