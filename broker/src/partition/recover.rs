//! Rebuilds a partition from its manifest and from slots that the manifest does not cover.

use std::time::Duration;

use storage::manifest::{
    EpochStart, Extent, PartitionManifest, PartitionProducers, ProducerBatch, ProducerEntry,
};
use storage::slot::{BatchSummary, Chunk, ChunkKind, ProducerSummary};

use super::producers::Producer;
use super::{LiveExtent, Partition, PartitionState};

/// A slot that does not continue the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("offset {expected} should follow, the log has {found}")]
pub(crate) struct Gap {
    pub(crate) expected: i64,
    pub(crate) found: i64,
}

/// How a recovered chunk relates to what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replayed {
    /// New data.
    Appended,
    /// Written again after a crash in a recovery: the same bytes at the same offsets.
    Known,
    /// The log start moved.
    LogStart,
}

impl Partition {
    pub(crate) fn load(
        &self,
        m: &PartitionManifest,
        extents: Vec<LiveExtent>,
        producers: Option<&PartitionProducers>,
        now: Duration,
    ) {
        let mut s = self.state.lock();
        s.log_start = m.log_start;
        s.next_offset = m.next_offset;
        s.high_watermark = m.next_offset;
        s.epochs.clone_from(&m.epochs);
        s.extents = extents;
        for p in producers.iter().flat_map(|p| &p.producers) {
            let epoch = i16::try_from(p.epoch).unwrap_or(i16::MAX);
            let seen = now.saturating_sub(Duration::from_millis(p.idle_ms));
            for b in &p.batches {
                let batch = BatchSummary {
                    first_sequence: b.first_sequence,
                    last_sequence: b.last_sequence,
                    base_offset: b.base_offset,
                    timestamp: b.timestamp,
                };
                s.producers.record(p.id, epoch, batch, 0, seen);
            }
        }
    }

    /// Replays one chunk of an old WAL. Data is not yet located: see [`PartitionState::adopt`].
    pub(crate) fn replay(
        &self,
        chunk: &Chunk,
        producers: &[&ProducerSummary],
        now: Duration,
    ) -> Result<Replayed, Gap> {
        let mut s = self.state.lock();
        if chunk.kind == ChunkKind::DeleteRecords {
            s.log_start = s.log_start.max(chunk.first_offset);
            return Ok(Replayed::LogStart);
        }
        if chunk.last_offset < s.next_offset {
            return Ok(Replayed::Known);
        }
        if chunk.first_offset != s.next_offset {
            return Err(Gap { expected: s.next_offset, found: chunk.first_offset });
        }
        s.next_offset = chunk.last_offset + 1;
        s.high_watermark = s.next_offset;
        if s.epochs.last().is_none_or(|e| e.epoch < chunk.pg_epoch) {
            s.epochs.push(EpochStart { epoch: chunk.pg_epoch, start: chunk.first_offset });
        }
        for p in producers {
            s.producers.recover(p, now);
        }
        Ok(Replayed::Appended)
    }

    /// The partition as its manifest tells it. Data of the active file stays with the WAL.
    pub(crate) fn to_manifest(&self, log_start: i64) -> PartitionManifest {
        let s = self.state.lock();
        let next_offset = s.active.first().map_or(s.high_watermark, |c| c.at.first);
        PartitionManifest {
            tenant: self.id.tenant.as_bytes().to_vec(),
            topic: self.id.topic.as_bytes().to_vec(),
            index: self.id.index,
            log_start,
            next_offset,
            epochs: s.epochs.iter().filter(|e| e.start < next_offset).copied().collect(),
            extents: s.extents.iter().filter(|e| e.last >= log_start).map(to_extent).collect(),
        }
    }

    /// As [`Partition::to_manifest`], with the leader epochs of the open chunks, too.
    pub(crate) fn to_manifest_whole(&self, log_start: i64) -> PartitionManifest {
        let epochs = self.state.lock().epochs.clone();
        PartitionManifest { epochs, ..self.to_manifest(log_start) }
    }

    /// The producers as a snapshot tells them, with batches below `next_offset` only.
    pub(crate) fn to_producers(&self, next_offset: i64, now: Duration) -> PartitionProducers {
        let s = self.state.lock();
        let entry = |(id, p): (i64, &Producer)| ProducerEntry {
            id,
            epoch: i32::from(p.epoch),
            batches: p
                .recent
                .iter()
                .filter(|r| r.batch.base_offset < next_offset)
                .map(|r| ProducerBatch {
                    first_sequence: r.batch.first_sequence,
                    last_sequence: r.batch.last_sequence,
                    base_offset: r.batch.base_offset,
                    timestamp: r.batch.timestamp,
                })
                .collect(),
            idle_ms: u64::try_from(now.saturating_sub(p.last_seen).as_millis()).unwrap_or(0),
        };
        PartitionProducers {
            tenant: self.id.tenant.as_bytes().to_vec(),
            topic: self.id.topic.as_bytes().to_vec(),
            index: self.id.index,
            producers: s.producers.iter().map(entry).filter(|e| !e.batches.is_empty()).collect(),
        }
    }
}

impl PartitionState {
    /// The lowest slot of an incarnation whose records no segment has.
    pub(crate) fn lowest_open(&self, epoch: u64) -> Option<u64> {
        let places = self.active.iter().map(|c| c.object.wal_parts());
        places.filter(|(e, _)| e.0 == epoch).map(|(_, slot)| slot).min()
    }

    /// Data of a closed file joins the log.
    pub(crate) fn adopt(&mut self, extent: LiveExtent) {
        match self.extents.last_mut() {
            Some(last) if last.file == extent.file => {
                last.last = extent.last;
                last.bytes += extent.bytes;
                if extent.encryption_key > 0 {
                    last.encryption_key = extent.encryption_key;
                }
                last.max_timestamp = last.max_timestamp.max(extent.max_timestamp);
            }
            _ => self.extents.push(extent),
        }
    }
}

fn to_extent(e: &LiveExtent) -> Extent {
    Extent {
        first: e.first,
        last: e.last,
        object: e.file.to_bytes().to_vec(),
        max_timestamp: e.max_timestamp,
        bytes: e.bytes,
        encryption_key: e.encryption_key,
    }
}
