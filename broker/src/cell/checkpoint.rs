//! Checkpoints: manifests with news, then the deletion of what nothing needs. On a disk they cover
//! closed WAL files; on an object store slots are compacted into segments first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use common_seams::Clock;
use parking_lot::Mutex;
use prost::Message as _;
use storage::ids::{BrokerEpoch, PartitionId};
use storage::keys::ObjectKey;
use storage::manifest::{Covered, Manifest};
use storage::object_ref::ObjectRef;
use storage::planted::{Planted, on};
use storage::store::{ETag, PutMode, StoreError};
use storage::wal::WalRead;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::Cell;
use super::garbage::Garbage;
use super::retention::WallGuard;
use super::tier::Tier;
use crate::partition::{Partition, Pg};
use crate::wal::Complete;

/// How long a checkpoint waits for more to do, when it is asked for: what came with groups that moved is
/// compacted behind the move, not in it, and well before a log with many small slots is full.
const GATHER: Duration = Duration::from_secs(4);

/// Why a checkpoint is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// There are new bytes, and nobody waits for their slots to go. Object tier only.
    NewBytes,
    /// A file is closed, time has passed, or somebody waits.
    Due,
    /// The log has ended: all files of this incarnation are closed.
    Closed,
}

/// A manifest as it lies in the store.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) manifest: Manifest,
    pub(super) etag: ETag,
}

/// What checkpoints remember.
#[derive(Debug)]
pub(super) struct Checkpointer {
    /// The manifests of the groups that this process leads, by group. Whoever holds one is the only one
    /// to write it, or to recover the group.
    stored: Vec<tokio::sync::Mutex<Option<Stored>>>,
    /// One pass at a time.
    garbage: tokio::sync::Mutex<Garbage>,
    /// All slots of this incarnation below are applied, and may go into manifests.
    pub(super) below: Mutex<u64>,
    pub(super) wall: WallGuard,
    /// Another incarnation waits for this one's checkpoint: it keeps slots for groups that are led here.
    pub(super) soon: Arc<Notify>,
}

impl Checkpointer {
    pub(super) fn new(mut stored: BTreeMap<u32, Stored>, groups: u32, clock: &dyn Clock) -> Self {
        let stored = (0..groups).map(|pg| tokio::sync::Mutex::new(stored.remove(&pg))).collect();
        Self {
            stored,
            garbage: tokio::sync::Mutex::default(),
            below: Mutex::new(0),
            wall: WallGuard::new(clock),
            soon: Arc::default(),
        }
    }

    /// The manifest of a group.
    pub(super) fn stored(&self, pg: &Pg) -> &tokio::sync::Mutex<Option<Stored>> {
        &self.stored[pg.id.0 as usize]
    }
}

/// Checkpoints when a file is closed, and at every retention interval, while the cell lives.
pub(super) async fn run(cell: Weak<Cell>, mut complete: mpsc::Receiver<Complete>) {
    let Some(interval) = cell.upgrade().map(|c| c.settings.retention_interval) else { return };
    let mut gathered: Option<Instant> = None;
    loop {
        let until = gathered;
        let gather = async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let Some(soon) = cell.upgrade().map(|c| Arc::clone(&c.checkpoint.soon)) else { return };
        let notice = tokio::select! {
            biased;
            notice = complete.recv() => Some(notice),
            () = soon.notified(), if gathered.is_none() => {
                // Groups often come in numbers: one pass for all of them.
                gathered = Some(Instant::now() + GATHER);
                continue;
            }
            () = gather => None,
            () = tokio::time::sleep(interval) => None,
        };
        let Some(cell) = cell.upgrade() else { return };
        let occasion = match notice {
            Some(Some(slots)) => {
                *cell.checkpoint.below.lock() = slots.below;
                if slots.hurry { Occasion::Due } else { Occasion::NewBytes }
            }
            // The WAL has ended; `Cell::close` writes the last checkpoint.
            Some(None) => return,
            None => Occasion::Due,
        };
        if occasion == Occasion::Due {
            gathered = None;
        }
        let made = cell.checkpoint(occasion).await;
        // One that the end of the process cut short is no news.
        if let (Err(e), false) = (made, cell.wal.has_ended()) {
            tracing::warn!(error = %e, "checkpoint failed; it is tried again");
        }
    }
}

impl Cell {
    /// Writes the manifests that have news, then frees what nothing needs.
    pub(super) async fn checkpoint(&self, occasion: Occasion) -> Result<(), StoreError> {
        let mut garbage = self.checkpoint.garbage.lock().await;
        match &self.tier {
            // Whoever was replaced has nothing to tidy up; a stop leaves it to the next start.
            Tier::Objects if self.wal.has_ended() => Ok(()),
            Tier::Objects => self.compact(&mut garbage, occasion).await,
            Tier::Disk(files) => {
                if occasion == Occasion::Closed {
                    *self.checkpoint.below.lock() = u64::MAX;
                }
                // INVARIANT: read before the partitions, so that nothing below it can be missing.
                let slot = *self.checkpoint.below.lock();
                self.write_manifests().await?;
                self.free_files(files, slot).await
            }
        }
    }

    /// Writes the manifests of the groups that this process leads, where they have news. Says which
    /// groups have their manifest in order now, and whether one was written.
    pub(super) async fn write_manifests(&self) -> Result<(BTreeSet<u32>, bool), StoreError> {
        let (mut settled, mut news) = (BTreeSet::new(), false);
        for pg in &self.pgs {
            let mut stored = self.checkpoint.stored(pg).lock().await;
            if pg.tenure().is_none() {
                continue;
            }
            // One that was handed over is served before it is claimed. What only this process knows of it
            // is in no manifest: its slots stay.
            if stored.is_none() && matches!(self.tier, Tier::Objects) {
                if on(Planted::HandedUnclaimed) {
                    settled.insert(pg.id.0);
                }
                continue;
            }
            news |= self.write_manifest(pg, &mut stored).await?;
            settled.insert(pg.id.0);
        }
        Ok((settled, news))
    }

    /// Writes the manifest of a group, if it has news; then what lies before the log start goes.
    pub(super) async fn write_manifest(
        &self,
        pg: &Pg,
        stored: &mut Option<Stored>,
    ) -> Result<bool, StoreError> {
        let now = self.clock.mono();
        let time_based = self.checkpoint.wall.is_sane(&*self.clock, self.store.date());
        let below = *self.checkpoint.below.lock();
        let with_start = |p: Arc<Partition>| {
            p.state.lock().producers.expire(now, self.settings.producer_idle);
            let start = self.retained_from(&p, time_based);
            (p, start)
        };
        let starts: Vec<(Arc<Partition>, i64)> =
            self.partitions_of(pg.id).into_values().map(with_start).collect();
        let covered = self.covered(pg, below);
        let news = self.put_manifest(pg, &starts, &covered, stored).await?;
        for (partition, start) in &starts {
            let mut s = partition.state.lock();
            s.log_start = s.log_start.max(*start);
            let start = s.log_start;
            s.extents.retain(|e| e.last >= start);
        }
        Ok(news)
    }

    async fn put_manifest(
        &self,
        pg: &Pg,
        partitions: &[(Arc<Partition>, i64)],
        covered: &[Covered],
        stored: &mut Option<Stored>,
    ) -> Result<bool, StoreError> {
        let (pg, pg_epoch) = (pg.id, pg.epoch());
        let old = stored.as_ref();
        let level = u32::from(self.view.state().level());
        let mut manifest = Manifest {
            format_level: level,
            pg: pg.0,
            pg_epoch,
            owner: self.identity.epoch.0,
            version: 0,
            partitions: partitions.iter().map(|(p, start)| p.to_manifest(*start)).collect(),
            covered: covered.to_vec(),
            producers: Vec::new(),
        };
        manifest.partitions.retain(|p| p.next_offset > 0 || p.log_start > 0);
        if old.is_some_and(|o| self.has_no_news(&o.manifest, &manifest)) {
            return Ok(false);
        }
        let now = self.clock.mono();
        let next: BTreeMap<PartitionId, i64> = manifest
            .partitions
            .iter()
            .filter_map(|p| p.id().ok().map(|id| (id, p.next_offset)))
            .collect();
        let of = |p: &Arc<Partition>| next.get(&p.id).map(|next| p.to_producers(*next, now));
        manifest.producers = partitions.iter().filter_map(|(p, _)| of(p)).collect();
        manifest.producers.retain(|p| !p.producers.is_empty());
        manifest.version = old.map_or(1, |o| o.manifest.version + 1);
        let mode = old.map_or(PutMode::IfAbsent, |o| PutMode::IfMatch(o.etag.clone()));
        let key = ObjectKey::Manifest(pg).to_string();
        let put = self.store.put(key, manifest.encode_to_vec().into(), mode).await;
        let etag = put.inspect_err(|e| {
            // Claimed by somebody else: what this process has in mind counts no more.
            if matches!(e, StoreError::Changed(_) | StoreError::Exists(_)) {
                self.replaced();
            }
        })?;
        *stored = Some(Stored { manifest, etag });
        Ok(true)
    }

    /// Whether a manifest says nothing new. The owner counts: it claims the manifest. On an object store
    /// a group without data in the slots that are covered needs no manifest that says so.
    fn has_no_news(&self, old: &Manifest, new: &Manifest) -> bool {
        (old.owner, old.pg_epoch, &old.partitions) == (new.owner, new.pg_epoch, &new.partitions)
            && (matches!(self.tier, Tier::Objects) || old.covered == new.covered)
    }

    /// Deletes WAL files that are covered by manifests and named by none.
    async fn free_files(&self, files: &Arc<dyn WalRead>, covered: u64) -> Result<(), StoreError> {
        let mut named: BTreeSet<ObjectRef> = BTreeSet::new();
        for pg in &self.pgs {
            for partition in self.partitions_of(pg.id).values() {
                let s = partition.state.lock();
                named.extend(s.extents.iter().map(|e| e.file));
                named.extend(s.active.last().map(|c| c.object));
            }
        }
        for key in self.store.list("wal".into()).await? {
            let Some(file) = parse_wal_key(&key) else { continue };
            let (epoch, first) = file.wal_parts();
            let ended =
                epoch < self.identity.epoch || (epoch == self.identity.epoch && first < covered);
            if ended && !named.contains(&file) {
                // Giving the pages of a file back takes the kernel long: not on a thread that serves.
                let files = Arc::clone(files);
                let deleted = tokio::task::spawn_blocking(move || files.delete(&file)).await;
                deleted.map_err(std::io::Error::other).flatten().map_err(|e| StoreError::Io {
                    what: "delete",
                    key,
                    reason: e.to_string(),
                })?;
            }
        }
        Ok(())
    }
}

pub(super) fn parse_wal_key(key: &str) -> Option<ObjectRef> {
    let mut parts = key.split('/').skip(2);
    let mut hex = || parts.next().and_then(|p| u64::from_str_radix(p, 16).ok());
    let (epoch, lane, slot) = (hex()?, hex()?, hex()?);
    Some(ObjectRef::wal_file(0, BrokerEpoch(epoch), u8::try_from(lane).ok()?, slot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wal_keys_are_read_back() {
        let key = ObjectKey::Wal { epoch: BrokerEpoch(7), lane: 0, slot: 0x2a }.to_string();
        assert_eq!(parse_wal_key(&key), Some(ObjectRef::wal_file(0, BrokerEpoch(7), 0, 0x2a)));
        assert_eq!(parse_wal_key("wal/00/zz"), None);
    }
}
