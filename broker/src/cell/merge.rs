//! Object tier: small extents of a partition become larger ones, in the background.
//!
//! ```text
//! segments  A: p1 p2 p3   B: p1 p2 p3   ...        read p1 of all, then p2, ...
//!   -> new segment  M: p1 p1 .. p2 p2 ..           stored whole before anything names it
//!   -> partitions read from M                      from now on
//!   -> manifests name M instead of A, B            with the next checkpoint
//!   -> A and B go when no manifest names them      after the grace of reads, as every segment
//! ```
//! A crash in between leaves M as a segment that nobody names, or manifests that name A and B, which are
//! there. Chunks are copied as they are stored, sealed or not, and only when their checksum is right.
//!
//! *Invariants*
//! * What is swapped is what was read: a partition that lost its tenure or its extents meanwhile keeps
//!   what it has.
//! * Nothing is deleted here.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use common_seams::{Clock, uuid_v7};
use parking_lot::Mutex;
use storage::file_index::ChunkAt;
use storage::object_ref::ObjectRef;
use storage::planted::{Planted, on};
use storage::segment::{SegmentBuilder, segment_id};
use storage::store::{PutMode, StoreError};

use super::Cell;
use super::budget::Budget;
use super::compact::unreadable;
use super::merge_read::{Chunks, Source, Unread};
use super::ripe::Rule;
use super::sealing::unsealed;
use super::tier::ObjectLog;
use crate::partition::{LiveExtent, Partition, PartitionState};

/// Looks for ripe extents in a retention interval.
const LOOKS: u32 = 4;
/// Extents of several partitions share a segment up to this size.
const SHARED_BYTES: u64 = 32 << 20;

/// What merging knows and remembers.
#[derive(Debug)]
pub(super) struct Merges {
    from: usize,
    /// Most slots that are not compacted.
    pub(super) slots_max: u64,
    /// Of all background work.
    pub(super) budget: Budget,
    /// Extents that became part of a larger one.
    merged: Arc<AtomicU64>,
    /// Segments that are being written: nothing names them yet.
    unfinished: Mutex<BTreeSet<ObjectRef>>,
    /// Segments with damage: they are left as they are.
    damaged: Mutex<BTreeSet<ObjectRef>>,
}

/// Neighbouring extents of a partition that should be one.
pub(super) struct Job {
    partition: Arc<Partition>,
    tenure: u64,
    run: Vec<LiveExtent>,
}

/// A segment that is being written, until a partition reads from it or never will.
struct Unfinished<'a>(&'a Merges, ObjectRef);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.unfinished.lock().remove(&self.1);
    }
}

impl Merges {
    pub(super) fn new(clock: Arc<dyn Clock>, log: ObjectLog) -> Self {
        let budget = Budget::new(clock, log.background_bytes_per_second);
        Self {
            from: log.merge_from,
            slots_max: log.slots_max,
            budget,
            merged: Arc::default(),
            unfinished: Mutex::default(),
            damaged: Mutex::default(),
        }
    }

    /// Segments that are being written.
    pub(super) fn unfinished(&self) -> BTreeSet<ObjectRef> {
        self.unfinished.lock().clone()
    }

    /// A segment is left as it is, until the process ends.
    fn leave(&self, object: ObjectRef, reason: &str) {
        if self.damaged.lock().insert(object) {
            tracing::error!(key = %object.key(), reason, "a segment is damaged, and is not merged");
        }
    }

    fn begin(&self, object: ObjectRef) -> Unfinished<'_> {
        self.unfinished.lock().insert(object);
        Unfinished(self, object)
    }
}

impl Job {
    fn bytes(&self) -> u64 {
        self.run.iter().map(|e| e.bytes).sum()
    }
}

/// Merges for as long as the cell is there.
pub(super) async fn run(cell: Weak<Cell>) {
    let Some(interval) = cell.upgrade().map(|c| c.settings.retention_interval) else { return };
    loop {
        tokio::time::sleep(interval / LOOKS).await;
        let Some(cell) = cell.upgrade() else { return };
        let Some(merges) = cell.merges.as_ref().filter(|_| !cell.has_ended()) else { return };
        let merged = tokio::select! {
            biased;
            _ = cell.ended() => return,
            merged = cell.merge(merges) => merged,
        };
        if let (Err(e), false) = (merged, cell.has_ended()) {
            tracing::warn!(error = %e, "segments were not merged; it is tried again");
        }
    }
}

impl Cell {
    /// How many extents became part of larger ones. It can be asked when the cell is gone.
    #[must_use]
    pub fn merged_extents(&self) -> Arc<AtomicU64> {
        self.merges.as_ref().map(|merges| Arc::clone(&merges.merged)).unwrap_or_default()
    }

    /// Merges what is ripe in the groups that this process leads.
    pub(super) async fn merge(&self, merges: &Merges) -> Result<(), StoreError> {
        let mut source = Source::new(&*self.store, &merges.budget);
        for jobs in together(self.ripe_extents(merges)) {
            let jobs: Vec<Job> = jobs.into_iter().filter(Job::is_current).collect();
            let wanted: Vec<_> = jobs.iter().map(|j| (j.partition.id, &j.run[..])).collect();
            let read = source.read(&wanted).await?;
            let mut parts = Vec::with_capacity(jobs.len());
            for (job, read) in jobs.into_iter().zip(read) {
                match read {
                    Ok(chunks) => parts.push((job, chunks)),
                    Err(Unread::Damaged(object, reason)) => merges.leave(object, &reason),
                    Err(Unread::Gone(object)) if job.is_current() => {
                        merges.leave(object, "it is not there");
                    }
                    // Retention was faster.
                    Err(Unread::Gone(_)) => {}
                }
            }
            self.write_merged(merges, parts).await?;
        }
        Ok(())
    }

    /// One run of each partition that has one, sorted as segments are.
    fn ripe_extents(&self, merges: &Merges) -> Vec<Job> {
        let damaged = merges.damaged.lock().clone();
        let mut jobs = Vec::new();
        for pg in &self.pgs {
            let Some(tenure) = pg.tenure() else { continue };
            for partition in self.partitions_of(pg.id).into_values() {
                let config = self.config_of(&partition);
                let ms = config.as_ref().and_then(|c| c.retention_ms);
                let bytes = config.as_ref().and_then(|c| c.retention_bytes);
                let rule = Rule::new(merges.from, ms, bytes);
                let run = {
                    let s = partition.state.lock();
                    let run = rule.ripe(&s.extents, |e| !damaged.contains(&e.file));
                    run.map(|run| s.extents[run].to_vec())
                };
                jobs.extend(run.map(|run| Job { partition, tenure, run }));
            }
        }
        jobs
    }

    /// Writes one segment, and lets the partitions read from it.
    async fn write_merged(
        &self,
        merges: &Merges,
        parts: Vec<(Job, Chunks)>,
    ) -> Result<(), StoreError> {
        if parts.is_empty() {
            return Ok(());
        }
        let id = segment_id(uuid_v7(&*self.clock, &*self.rng), self.identity.epoch);
        let object = ObjectRef::segment(self.identity.store, id);
        let _unfinished = merges.begin(object);
        let mut builder = SegmentBuilder::new(self.marker.cell, id);
        let mut done = Vec::with_capacity(parts.len());
        for (job, mut chunks) in parts {
            let tenant = job.partition.id.tenant;
            // What was stored before encryption was on leaves the process sealed.
            self.wal.keys.ready(tenant).await.map_err(unsealed)?;
            let key = self.wal.keys.sealing(tenant);
            let key = key.map_err(|e| unreadable(&object, &e.to_string()))?;
            let mut merged = job.as_one(object);
            if let Some(key) =
                key.as_ref().filter(|_| chunks.iter().any(|(b, _)| b.encryption_key == 0))
            {
                merged.encryption_key = key.id();
            }
            builder.seal_with(key);
            if on(Planted::MergeDropsRecords) {
                chunks.pop();
            }
            for (block, bytes) in chunks {
                builder.push_stored(block.partition, block.pg, &ChunkAt::from(&block), bytes);
                // Sealing takes a while; others want to be served meanwhile.
                tokio::task::yield_now().await;
            }
            done.push((job, merged));
        }
        let size = builder.len();
        merges.budget.take(size).await;
        let payload = builder.finish().payload;
        self.store.put(object.key().to_string(), payload, PutMode::IfAbsent).await?;
        tracing::debug!(partitions = done.len(), bytes = size, key = %object.key(), "merged extents");
        for (job, merged) in done {
            if job.swap(merged) {
                merges.merged.fetch_add(job.run.len() as u64, Ordering::Relaxed);
            }
            if on(Planted::MergedAtOnce) {
                for e in &job.run {
                    self.store.delete(e.file.key().to_string()).await?;
                }
            }
        }
        Ok(())
    }
}

impl Job {
    /// Where the run still lies in its partition.
    fn find(&self, s: &PartitionState) -> Option<usize> {
        let first = self.run.first()?.first;
        let at = s.extents.partition_point(|e| e.first < first);
        let there = s.extents.get(at..at + self.run.len())?;
        (self.partition.pg.tenure() == Some(self.tenure) && there == &self.run[..]).then_some(at)
    }

    fn is_current(&self) -> bool {
        self.find(&self.partition.state.lock()).is_some()
    }

    fn as_one(&self, object: ObjectRef) -> LiveExtent {
        let (first, last) = (self.run.first(), self.run.last());
        LiveExtent {
            first: first.map_or(0, |e| e.first),
            last: last.map_or(-1, |e| e.last),
            file: object,
            max_timestamp: self.run.iter().map(|e| e.max_timestamp).max().unwrap_or(-1),
            bytes: self.bytes(),
            encryption_key: self
                .run
                .iter()
                .rev()
                .map(|e| e.encryption_key)
                .find(|k| *k > 0)
                .unwrap_or(0),
        }
    }

    /// The run is one extent from now on, if it is still there. Whether it was.
    fn swap(&self, merged: LiveExtent) -> bool {
        // Under the lock: whoever stopped the group goes through it before looking at the extents.
        let mut s = self.partition.state.lock();
        let found = self.find(&s);
        if let Some(at) = found {
            s.extents.splice(at..at + self.run.len(), [merged]);
        }
        found.is_some()
    }
}

/// Jobs that share a segment; one of a large run has it for itself.
fn together(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut all: Vec<Vec<Job>> = Vec::new();
    let (mut shared, mut bytes) = (Vec::new(), 0);
    for job in jobs {
        let size = job.bytes();
        if size >= SHARED_BYTES / 2 {
            all.push(vec![job]);
            continue;
        }
        if bytes + size > SHARED_BYTES && !shared.is_empty() {
            all.push(std::mem::take(&mut shared));
            bytes = 0;
        }
        bytes += size;
        shared.push(job);
    }
    if !shared.is_empty() {
        all.push(shared);
    }
    all
}
