//! Object tier: moves records out of WAL slots into segments, then gives the slots up.
//!
//! A pass takes slots in their order, up to a size, and writes one segment for all placement groups,
//! sorted by group, partition and offset; a partition with much data gets a segment of its own, so that
//! its retention frees space by itself. Then follow the manifests with news, and only then metadata
//! says that the slots are needed no more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use common_seams::uuid_v7;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use protocol::batch::BatchHeader;
use storage::ids::PartitionId;
use storage::manifest::Covered;
use storage::meta::{EpochState, MetaError, MetaOp};
use storage::object_ref::ObjectRef;
use storage::segment::{SegmentBuilder, segment_id};
use storage::store::{PutMode, StoreError};

use super::Cell;
use super::checkpoint::Stored;
use super::garbage::Garbage;
use crate::partition::{OpenChunk, Partition};

/// Most bytes of one pass, which lie in memory.
const PASS_BYTES_MAX: u64 = 64 << 20;
/// A partition with so much in a pass gets a segment of its own.
const OWN_SEGMENT_BYTES: u64 = 16 << 20;
/// Slots read at a time.
const READS: usize = 8;

/// A place in the logs of the cell: incarnation, slot. Older incarnations come first.
type LogPlace = (u64, u64);

/// One partition's part of a pass.
struct Part {
    partition: Arc<Partition>,
    /// Chunks of the pass, from the partition's first open one on.
    chunks: Vec<OpenChunk>,
    /// How many of them lie below the log start and are not copied.
    skipped: usize,
    /// The batches of each chunk that is copied, when memory has them; held, so that they stay.
    cached: Vec<Option<Vec<Bytes>>>,
}

/// What one pass does.
struct Pass {
    parts: Vec<Part>,
    /// All slots below are in segments afterwards.
    bound: LogPlace,
    /// Whether there is more to do.
    more: bool,
}

impl Part {
    fn kept(&self) -> &[OpenChunk] {
        &self.chunks[self.skipped..]
    }

    fn bytes(&self) -> u64 {
        self.kept().iter().map(|c| c.at.length).sum()
    }
}

impl Cell {
    /// Compacts everything below the slot that the writer reported last, and frees what is not needed.
    pub(super) async fn compact(
        &self,
        stored: &mut BTreeMap<u32, Stored>,
        garbage: &mut Garbage,
    ) -> Result<(), StoreError> {
        // INVARIANT: read before the partitions, so that nothing below it can be missing from them.
        let below = (self.identity.epoch.0, *self.checkpoint.below.lock());
        loop {
            let pass = self.plan_pass(below);
            let (bound, more) = (pass.bound, pass.more);
            self.write_segments(pass).await?;
            let covered = self.covered(bound).await;
            garbage.changed |= self.write_manifests(&covered, stored).await?;
            self.give_up(bound).await?;
            if !more {
                break;
            }
        }
        self.sweep_ended_logs(garbage).await?;
        self.collect_segments(garbage, stored).await
    }

    fn plan_pass(&self, below: LogPlace) -> Pass {
        let mut partitions = Vec::new();
        for pg in &self.pgs {
            partitions.extend(self.partitions_of(pg.id).into_values());
        }
        let mut sizes: BTreeMap<LogPlace, u64> = BTreeMap::new();
        for partition in &partitions {
            let s = partition.state.lock();
            for c in s.active.iter().take_while(|c| place_of(c) < below) {
                *sizes.entry(place_of(c)).or_default() += c.at.length;
            }
        }
        let mut total = 0;
        let over = sizes.iter().skip_while(|(_, size)| {
            let fits = total == 0 || total + **size <= PASS_BYTES_MAX;
            total += **size;
            fits
        });
        let bound = over.map(|(place, _)| *place).next();
        let (bound, more) = bound.map_or((below, false), |place| (place, true));
        let parts = partitions.into_iter().map(|partition| {
            let s = partition.state.lock();
            let chunks: Vec<_> =
                s.active.iter().take_while(|c| place_of(c) < bound).copied().collect();
            let skipped = chunks.iter().take_while(|c| c.at.last < s.log_start).count();
            let kept = chunks[skipped..].iter();
            let cached = kept.map(|c| s.cached_between(c.at.first, c.at.last)).collect();
            drop(s);
            Part { partition, chunks, skipped, cached }
        });
        Pass { parts: parts.filter(|p| !p.chunks.is_empty()).collect(), bound, more }
    }

    async fn write_segments(&self, pass: Pass) -> Result<(), StoreError> {
        let slots = self.fetch_slots(&pass.parts).await?;
        let (large, small): (Vec<_>, Vec<_>) =
            pass.parts.into_iter().partition(|p| p.bytes() >= OWN_SEGMENT_BYTES);
        for part in large {
            self.write_segment(vec![part], &slots).await?;
        }
        self.write_segment(small, &slots).await
    }

    /// Writes one segment, and lets the partitions read from it.
    async fn write_segment(
        &self,
        parts: Vec<Part>,
        slots: &HashMap<ObjectRef, Bytes>,
    ) -> Result<(), StoreError> {
        let fresh = uuid_v7(&*self.clock, &*self.rng);
        let id = segment_id(fresh, self.identity.epoch);
        let object = ObjectRef::segment(self.identity.store, id);
        let mut builder = SegmentBuilder::new(self.marker.cell, id);
        for part in &parts {
            for (chunk, cached) in part.kept().iter().zip(&part.cached) {
                add_chunk(&mut builder, &part.partition, chunk, cached.as_deref(), slots)?;
            }
        }
        if !builder.is_empty() {
            let payload = builder.finish().payload;
            self.store.put(object.key().to_string(), payload, PutMode::IfAbsent).await?;
        }
        for part in parts {
            let mut s = part.partition.state.lock();
            s.close(part.skipped, part.chunks.len(), object);
        }
        Ok(())
    }

    /// Whole slots of the pass, for chunks that are not in memory any more.
    async fn fetch_slots(&self, parts: &[Part]) -> Result<HashMap<ObjectRef, Bytes>, StoreError> {
        let chunks = parts.iter().flat_map(|part| part.kept().iter().zip(&part.cached));
        let cold = chunks.filter(|(_, cached)| cached.is_none());
        let wanted: BTreeSet<ObjectRef> = cold.map(|(chunk, _)| chunk.object).collect();
        let reads: Vec<_> = wanted
            .into_iter()
            .map(|object| async move {
                let (bytes, _) = self.store.get(object.key().to_string()).await?;
                Ok((object, bytes))
            })
            .collect();
        stream::iter(reads).buffer_unordered(READS).try_collect().await
    }

    /// What manifests of this incarnation cover when all below `bound` is in segments.
    async fn covered(&self, bound: LogPlace) -> Vec<Covered> {
        let meta = self.meta.lock().await;
        let state = meta.state();
        let slot_of = |(epoch, s): (&u64, &EpochState)| match s {
            EpochState::Sealed { end } if *epoch < bound.0 => Some((*epoch, *end)),
            _ if *epoch == bound.0 => Some(bound),
            _ => None,
        };
        let all = state.epochs().iter().filter_map(slot_of);
        let needed = all.filter(|(epoch, slot)| state.wal_low(*epoch) < *slot);
        needed.map(|(epoch, slot)| Covered { epoch, slot }).collect()
    }

    /// Tells metadata that slots below `bound` are needed no more, then deletes them.
    async fn give_up(&self, bound: LogPlace) -> Result<(), StoreError> {
        let own = self.identity.epoch.0;
        let mut meta = self.meta.lock().await;
        let state = meta.state();
        let mut ops = Vec::new();
        for (epoch, s) in state.epochs() {
            let low = state.wal_low(*epoch);
            match s {
                EpochState::Sealed { end } if *epoch < bound.0 && low < *end => {
                    ops.extend(
                        state.pins(*epoch).map(|pin| MetaOp::Unpin { epoch: *epoch, pg: pin.pg }),
                    );
                    ops.push(MetaOp::WalLow { epoch: *epoch, slot: *end });
                }
                EpochState::Active if *epoch == own && bound.0 == own && low < bound.1 => {
                    ops.push(MetaOp::WalLow { epoch: own, slot: bound.1 });
                }
                _ => {}
            }
        }
        if ops.is_empty() {
            return Ok(());
        }
        let from = state.wal_low(own);
        meta.commit(&self.txn(ops)).await.map_err(|e| match e {
            MetaError::Store(e) => e,
            MetaError::Fenced | MetaError::Conflict(_) | MetaError::Corrupt { .. } => {
                self.replaced();
                StoreError::Changed(e.to_string())
            }
        })?;
        let to = meta.state().wal_low(own);
        drop(meta);
        self.wal.set_compacted(to);
        self.delete_slots(from..to).await
    }
}

fn place_of(chunk: &OpenChunk) -> LogPlace {
    let (epoch, slot) = chunk.object.wal_parts();
    (epoch.0, slot)
}

/// Adds the batches of a chunk, from memory or from its slot.
fn add_chunk(
    builder: &mut SegmentBuilder,
    partition: &Partition,
    chunk: &OpenChunk,
    cached: Option<&[Bytes]>,
    slots: &HashMap<ObjectRef, Bytes>,
) -> Result<(), StoreError> {
    let bad = |reason: &str| StoreError::Io {
        what: "compact",
        key: chunk.object.key().to_string(),
        reason: reason.to_owned(),
    };
    let damaged = || bad("a record batch is damaged");
    if let Some(batches) = cached {
        let added = batches.iter().try_for_each(|batch| add_batches(builder, partition, batch));
        return added.ok_or_else(damaged);
    }
    let number = |n: u64| usize::try_from(n).map_err(|_| bad("a position is impossible"));
    let (from, to) = (number(chunk.at.position)?, number(chunk.at.position + chunk.at.length)?);
    let slot = slots.get(&chunk.object).filter(|slot| to <= slot.len());
    let slot = slot.ok_or_else(|| bad("the slot is too short"))?;
    add_batches(builder, partition, &slot.slice(from..to)).ok_or_else(damaged)
}

fn add_batches(builder: &mut SegmentBuilder, partition: &Partition, bytes: &Bytes) -> Option<()> {
    let id: PartitionId = partition.id;
    let mut at = 0;
    while at < bytes.len() {
        let h = BatchHeader::parse(&bytes[at..]).ok()?;
        let batch = bytes.get(at..at + h.total_len).map(|b| bytes.slice_ref(b))?;
        let offsets = (h.base_offset, h.last_offset());
        builder.push(id, partition.pg.id, offsets, h.max_timestamp, batch);
        at += h.total_len;
    }
    Some(())
}
