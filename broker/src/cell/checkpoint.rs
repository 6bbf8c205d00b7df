//! Checkpoints: manifests that cover closed WAL files, then the deletion of files that none names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use common_seams::{Clock, uuid_v4};
use parking_lot::Mutex;
use prost::Message as _;
use storage::birth::FORMAT_LEVEL;
use storage::ids::{BrokerEpoch, PartitionId, PgId};
use storage::keys::ObjectKey;
use storage::manifest::{Covered, Manifest, ProducerSnapshot};
use storage::object_ref::ObjectRef;
use storage::store::{ETag, PutMode, StoreError};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Cell;
use super::retention::WallGuard;
use crate::partition::Partition;
use crate::wal::RolledFile;

/// A manifest as it lies in the store.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) manifest: Manifest,
    pub(super) etag: ETag,
}

/// What checkpoints remember.
#[derive(Debug)]
pub(super) struct Checkpointer {
    state: tokio::sync::Mutex<BTreeMap<u32, Stored>>,
    covered: Mutex<u64>,
    pub(super) wall: WallGuard,
}

impl Checkpointer {
    pub(super) fn new(stored: BTreeMap<u32, Stored>, clock: &dyn Clock) -> Self {
        let state = tokio::sync::Mutex::new(stored);
        Self { state, covered: Mutex::new(0), wall: WallGuard::new(clock) }
    }
}

/// Checkpoints when a file is closed, and at every retention interval, while the cell lives.
pub(super) async fn run(cell: Weak<Cell>, mut rolled: mpsc::Receiver<RolledFile>) {
    let Some(interval) = cell.upgrade().map(|c| c.settings.retention_interval) else { return };
    loop {
        let notice = tokio::time::timeout(interval, rolled.recv()).await;
        let Some(cell) = cell.upgrade() else { return };
        match notice {
            Ok(Some(file)) => *cell.checkpoint.covered.lock() = file.covered,
            // The WAL has ended; `Cell::close` writes the last checkpoint.
            Ok(None) => return,
            Err(_) => {}
        }
        if let Err(e) = cell.checkpoint(false).await {
            tracing::warn!(error = %e, "checkpoint failed; it is tried again");
        }
    }
}

impl Cell {
    /// Writes the manifests that have news, then frees what nothing names. With `closed` all files of
    /// this incarnation are closed.
    pub(super) async fn checkpoint(&self, closed: bool) -> Result<(), StoreError> {
        let mut stored = self.checkpoint.state.lock().await;
        // INVARIANT: read before the partitions, so that nothing below it can be missing from them.
        let covered = if closed { u64::MAX } else { *self.checkpoint.covered.lock() };
        let now = self.clock.mono();
        let time_based = self.checkpoint.wall.is_sane(&*self.clock);
        let mut starts = Vec::new();
        for pg in &self.pgs {
            let partitions = self.partitions_of(pg.id);
            for p in partitions.values() {
                p.state.lock().producers.expire(now, self.settings.producer_idle);
                starts.push((Arc::clone(p), self.retained_from(p, time_based)));
            }
            let from = starts.len() - partitions.len();
            self.write_manifest(pg.id, pg.epoch(), &starts[from..], covered, &mut stored).await?;
        }
        for (partition, start) in &starts {
            let mut s = partition.state.lock();
            s.log_start = s.log_start.max(*start);
            let start = s.log_start;
            s.extents.retain(|e| e.last >= start);
        }
        drop(stored);
        self.free_files(covered).await
    }

    async fn write_manifest(
        &self,
        pg: PgId,
        pg_epoch: i32,
        partitions: &[(Arc<Partition>, i64)],
        covered: u64,
        stored: &mut BTreeMap<u32, Stored>,
    ) -> Result<(), StoreError> {
        let old = stored.get(&pg.0);
        let mut manifest = Manifest {
            format_level: u32::from(FORMAT_LEVEL),
            pg: pg.0,
            pg_epoch,
            owner: self.identity.epoch.0,
            version: 0,
            partitions: partitions.iter().map(|(p, start)| p.to_manifest(*start)).collect(),
            covered: vec![Covered { epoch: self.identity.epoch.0, slot: covered }],
            producer_state: Vec::new(),
        };
        manifest.partitions.retain(|p| p.next_offset > 0 || p.log_start > 0);
        if old.is_some_and(|o| same_content(&o.manifest, &manifest)) {
            return Ok(());
        }
        let now = self.clock.mono();
        let next: BTreeMap<PartitionId, i64> = manifest
            .partitions
            .iter()
            .filter_map(|p| p.id().ok().map(|id| (id, p.next_offset)))
            .collect();
        let of = |p: &Arc<Partition>| next.get(&p.id).map(|next| p.to_producers(*next, now));
        let mut producers: Vec<_> = partitions.iter().filter_map(|(p, _)| of(p)).collect();
        producers.retain(|p| !p.producers.is_empty());
        if !producers.is_empty() {
            let id = uuid_v4(&*self.rng);
            let level = u32::from(FORMAT_LEVEL);
            let snapshot = ProducerSnapshot { format_level: level, partitions: producers };
            let key = ObjectKey::ProducerState(pg, id).to_string();
            self.store.put(key, snapshot.encode_to_vec().into(), PutMode::IfAbsent).await?;
            manifest.producer_state = id.as_bytes().to_vec();
        }
        manifest.version = old.map_or(1, |o| o.manifest.version + 1);
        let mode = old.map_or(PutMode::IfAbsent, |o| PutMode::IfMatch(o.etag.clone()));
        let key = ObjectKey::Manifest(pg).to_string();
        let etag = self.store.put(key, manifest.encode_to_vec().into(), mode).await?;
        let replaced = stored.insert(pg.0, Stored { manifest, etag });
        if let Some(id) = replaced.and_then(|o| Uuid::from_slice(&o.manifest.producer_state).ok()) {
            self.store.delete(ObjectKey::ProducerState(pg, id).to_string()).await?;
        }
        Ok(())
    }

    /// Deletes WAL files that are covered by manifests and named by none.
    async fn free_files(&self, covered: u64) -> Result<(), StoreError> {
        let mut named: BTreeSet<ObjectRef> = BTreeSet::new();
        for pg in &self.pgs {
            for partition in self.partitions_of(pg.id).values() {
                let s = partition.state.lock();
                named.extend(s.extents.iter().map(|e| e.file));
                named.extend(s.active_file);
            }
        }
        for key in self.store.list("wal".into()).await? {
            let Some(file) = parse_wal_key(&key) else { continue };
            let (epoch, first) = file.wal_parts();
            let ended =
                epoch < self.identity.epoch || (epoch == self.identity.epoch && first < covered);
            if ended && !named.contains(&file) {
                // Giving the pages of a file back takes the kernel long: not on a thread that serves.
                let reader = Arc::clone(&self.reader);
                let deleted = tokio::task::spawn_blocking(move || reader.delete(&file)).await;
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

/// Whether a manifest says nothing new. The owner counts: it claims the manifest.
fn same_content(old: &Manifest, new: &Manifest) -> bool {
    (old.owner, old.pg_epoch, &old.partitions, &old.covered)
        == (new.owner, new.pg_epoch, &new.partitions, &new.covered)
}

fn parse_wal_key(key: &str) -> Option<ObjectRef> {
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
