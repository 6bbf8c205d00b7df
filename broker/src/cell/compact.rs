//! Object tier: moves records out of WAL slots into segments, then gives the slots up.
//!
//! A pass takes slots in their order, up to a size, and writes one segment for all placement groups,
//! sorted by group, partition and offset; a partition with much data gets a segment of its own, so that
//! its retention frees space by itself. Then, once for several passes under much load, follow the
//! manifests with news, and only then metadata says that the slots are needed no more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common_seams::uuid_v7;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use protocol::batch::BatchHeader;
use storage::ids::PartitionId;
use storage::manifest::Covered;
use storage::meta::{EpochState, MetaError, MetaOp, Pin};
use storage::object_ref::ObjectRef;
use storage::segment::{SegmentBuilder, segment_id};
use storage::store::{PutMode, StoreError};

use super::Cell;
use super::checkpoint::Occasion;
use super::garbage::Garbage;
use super::scans::end_of;
use super::sealing::unsealed;
use crate::partition::{OpenChunk, Partition, Pg, Role};

/// Most bytes of one pass, which lie in memory.
const PASS_BYTES_MAX: u64 = 64 << 20;
/// A partition with so much in a pass gets a segment of its own.
const OWN_SEGMENT_BYTES: u64 = 16 << 20;
/// How often it is looked at whether slots get scarce, while the budget keeps a pass waiting.
const PAUSE: Duration = Duration::from_millis(500);
/// Slots read at a time.
const READS: usize = 8;

/// A place in the logs of the cell: own log or another's, incarnation, slot. What other incarnations
/// left comes first.
type LogPlace = (bool, u64, u64);

/// One partition's part of a pass.
struct Part {
    partition: Arc<Partition>,
    /// Chunks of the pass, from the partition's first open one on.
    chunks: Vec<OpenChunk>,
    /// The tenure in which that is so.
    tenure: u64,
    /// How many of them lie below the log start and are not copied.
    skipped: usize,
    /// The batches of each chunk that is copied, when memory has them; held, so that they stay.
    cached: Vec<Option<Vec<Bytes>>>,
}

/// What one pass does.
struct Pass {
    parts: Vec<Part>,
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
        garbage: &mut Garbage,
        occasion: Occasion,
    ) -> Result<(), StoreError> {
        // INVARIANT: read before the partitions, so that nothing below it can be missing from them.
        let below = *self.checkpoint.below.lock();
        loop {
            self.until_paid(occasion).await;
            let pass = self.plan_pass(below);
            let (more, bytes) = (pass.more, pass.parts.iter().map(Part::bytes).sum());
            self.pay(bytes);
            self.write_segments(pass).await?;
            garbage.settling.passed(bytes);
            let hurry = !more && occasion != Occasion::NewBytes;
            if hurry || garbage.settling.is_due(self.clock.mono()) {
                let (settled, news) = self.write_manifests().await?;
                garbage.changed |= news;
                self.give_up(below, &settled).await?;
                garbage.settling.settled(self.clock.mono());
            }
            if !more {
                break;
            }
        }
        self.sweep_ended_logs(garbage).await?;
        self.collect_segments(garbage).await
    }

    /// Bytes that background work reads or writes, without waiting for them.
    pub(super) fn pay(&self, bytes: u64) {
        if let Some(merges) = &self.merges {
            merges.budget.reserve(bytes);
        }
    }

    /// Waits for the budget of background work, as long as nobody waits for slots.
    async fn until_paid(&self, occasion: Occasion) {
        let Some(merges) = self.merges.as_ref().filter(|_| occasion == Occasion::NewBytes) else {
            return;
        };
        let own = self.identity.epoch.0;
        let until = self.clock.mono() + merges.budget.reserve(0);
        while let wait = until.saturating_sub(self.clock.mono())
            && !wait.is_zero()
            && !self.wal.has_ended()
            && self.wal.place().next - self.view.state().wal_low(own) < merges.slots_max / 2
        {
            tokio::time::sleep(wait.min(PAUSE)).await;
        }
    }

    /// The chunks of a partition that may go into segments, with their places. Offsets decide: a chunk
    /// goes with those before it, whichever log they lie in.
    fn ripe(&self, chunks: &[OpenChunk], below: u64) -> Vec<(LogPlace, OpenChunk)> {
        let own = self.identity.epoch;
        let mut highest = LogPlace::default();
        let places = chunks.iter().map(|c| {
            let (epoch, slot) = c.object.wal_parts();
            highest = highest.max((epoch == own, epoch.0, slot));
            (highest, *c)
        });
        places.take_while(|((own, _, slot), _)| !own || *slot < below).collect()
    }

    fn plan_pass(&self, below: u64) -> Pass {
        let mut partitions = Vec::new();
        for pg in &self.pgs {
            let Some(tenure) = pg.tenure() else { continue };
            partitions.extend(self.partitions_of(pg.id).into_values().map(|p| (tenure, p)));
        }
        let mut sizes: BTreeMap<LogPlace, u64> = BTreeMap::new();
        for (_, partition) in &partitions {
            for (place, chunk) in self.ripe(&partition.state.lock().active, below) {
                *sizes.entry(place).or_default() += chunk.at.length;
            }
        }
        let mut total = 0;
        let over = sizes.iter().skip_while(|(_, size)| {
            let fits = total == 0 || total + **size <= PASS_BYTES_MAX;
            total += **size;
            fits
        });
        let bound = over.map(|(place, _)| *place).next();
        let parts = partitions.into_iter().map(|(tenure, partition)| {
            let s = partition.state.lock();
            let ripe = self.ripe(&s.active, below).into_iter();
            let inside = ripe.take_while(|(place, _)| bound.is_none_or(|bound| *place < bound));
            let chunks: Vec<_> = inside.map(|(_, chunk)| chunk).collect();
            let skipped = chunks.iter().take_while(|c| c.at.last < s.log_start).count();
            let kept = chunks[skipped..].iter();
            let cached = kept.map(|c| s.cached_between(c.at.first, c.at.last)).collect();
            drop(s);
            Part { partition, chunks, tenure, skipped, cached }
        });
        let parts = parts.filter(|p| !p.chunks.is_empty()).collect();
        Pass { parts, more: bound.is_some() }
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
        let keys = &self.wal.keys;
        let mut sealed_under = Vec::with_capacity(parts.len());
        for part in &parts {
            let tenant = part.partition.id.tenant;
            keys.ready(tenant).await.map_err(unsealed)?;
            let key = keys.sealing(tenant).map_err(|e| unreadable(&object, &e.to_string()))?;
            sealed_under.push(key.as_ref().map_or(0, |key| key.id()));
            builder.seal_with(key);
            for (chunk, cached) in part.kept().iter().zip(&part.cached) {
                self.add_chunk(&mut builder, part, chunk, cached.as_deref(), slots).await?;
                // Sealing takes a while; others want to be served meanwhile.
                tokio::task::yield_now().await;
            }
        }
        if !builder.is_empty() {
            let payload = builder.finish().payload;
            self.store.put(object.key().to_string(), payload, PutMode::IfAbsent).await?;
        }
        for (part, key) in parts.into_iter().zip(sealed_under) {
            let mut s = part.partition.state.lock();
            // Under the lock: whoever stopped the group goes through it before looking at the chunks.
            if part.partition.pg.tenure() == Some(part.tenure) {
                s.close(part.skipped, part.chunks.len(), object, key);
            }
        }
        Ok(())
    }

    /// Adds the batches of a chunk, from memory or from its slot.
    async fn add_chunk(
        &self,
        builder: &mut SegmentBuilder,
        part: &Part,
        chunk: &OpenChunk,
        cached: Option<&[Bytes]>,
        slots: &HashMap<ObjectRef, Bytes>,
    ) -> Result<(), StoreError> {
        let (partition, at) = (&part.partition, &chunk.at);
        let bad = |reason: &str| unreadable(&chunk.object, reason);
        let damaged = || bad("a record batch is damaged");
        if let Some(batches) = cached {
            let added = batches.iter().try_for_each(|batch| add_batches(builder, partition, batch));
            return added.ok_or_else(damaged);
        }
        let number = |n: u64| usize::try_from(n).map_err(|_| bad("a position is impossible"));
        let (from, to) = (number(at.position)?, number(at.position + at.length)?);
        let slot = slots.get(&chunk.object).filter(|slot| to <= slot.len());
        let slot = slot.ok_or_else(|| bad("the slot is too short"))?;
        let batches = self.opened(partition, at, slot.slice(from..to)).await;
        let batches = batches.map_err(|e| bad(&e.to_string()))?;
        add_batches(builder, partition, &batches).ok_or_else(damaged)
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
                self.pay(bytes.len() as u64);
                Ok((object, bytes))
            })
            .collect();
        stream::iter(reads).buffer_unordered(READS).try_collect().await
    }

    /// What the manifest of a group covers: everything that no partition has in an open chunk.
    pub(super) fn covered(&self, pg: &Pg, below: u64) -> Vec<Covered> {
        let own = self.identity.epoch.0;
        let slot = self.lowest_open(pg).map_or(below, |slot| slot.min(below));
        let state = self.view.state();
        let others = state.pins_of(pg.id.0).filter(|(epoch, _)| *epoch != own);
        let others = others.map(|(epoch, pin)| {
            let open = self.lowest_open_of(pg, epoch);
            Covered { epoch, slot: open.unwrap_or_else(|| end_of(&state, epoch, &pin)) }
        });
        others.chain([Covered { epoch: own, slot }]).collect()
    }

    /// Tells metadata what is needed no more: pins of the groups whose manifests are in order, logs that
    /// nobody pins, and own slots below all open chunks; then deletes those.
    async fn give_up(&self, below: u64, settled: &BTreeSet<u32>) -> Result<(), StoreError> {
        let own = self.identity.epoch.0;
        let state = self.view.state();
        // INVARIANT: what a group has in a segment counts once its manifest says so. One that is about to
        // be given away may have records in a segment, and its manifest not written yet.
        let unsettled = self.pgs.iter().any(|pg| {
            matches!(pg.role(), Role::Leading | Role::Stopped(_)) && !settled.contains(&pg.id.0)
        });
        let mut ops = Vec::new();
        for (epoch, s) in state.epochs() {
            let (covered, needed): (Vec<Pin>, Vec<Pin>) =
                state.pins(*epoch).partition(|pin| self.is_covered(*epoch, pin, settled));
            ops.extend(covered.iter().map(|pin| MetaOp::Unpin { epoch: *epoch, pg: pin.pg }));
            let pinned = needed.iter().map(|pin| pin.from).min();
            let low = match s {
                EpochState::Sealed { end } if pinned.is_none() => *end,
                EpochState::Active if *epoch == own && !unsettled => {
                    let led = self.pgs.iter().filter(|pg| pg.role() != Role::Away);
                    let open = led.filter_map(|pg| self.lowest_open(pg)).min();
                    below.min(open.unwrap_or(below)).min(pinned.unwrap_or(below))
                }
                _ => continue,
            };
            if state.wal_low(*epoch) < low {
                ops.push(MetaOp::WalLow { epoch: *epoch, slot: low });
            }
        }
        if ops.is_empty() {
            return Ok(());
        }
        match self.commit(ops).await {
            Ok(()) => {}
            // A group has moved meanwhile; the next pass sees that.
            Err(MetaError::Conflict(reason)) => {
                tracing::debug!(%reason, "slots are kept for now");
                return Ok(());
            }
            Err(MetaError::Store(e)) => return Err(e),
            Err(e @ (MetaError::Fenced | MetaError::Level(_) | MetaError::Corrupt { .. })) => {
                return Err(StoreError::Changed(e.to_string()));
            }
        }
        let (from, to) = (state.wal_low(own), self.view.state().wal_low(own));
        self.wal.set_compacted(to);
        self.delete_slots(from..to).await
    }

    /// Whether a group that this process leads has nothing left in its part of a log.
    fn is_covered(&self, epoch: u64, pin: &Pin, settled: &BTreeSet<u32>) -> bool {
        let pg = settled.contains(&pin.pg).then(|| self.pgs.get(pin.pg as usize)).flatten();
        pg.is_some_and(|pg| {
            let open = self.lowest_open_of(pg, epoch);
            open.is_none_or(|slot| pin.bound.is_some_and(|bound| slot >= bound))
        })
    }
}

pub(super) fn unreadable(object: &ObjectRef, reason: &str) -> StoreError {
    StoreError::Io { what: "compact", key: object.key().to_string(), reason: reason.to_owned() }
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
