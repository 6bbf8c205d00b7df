//! The content of a cell in a store, read so that its parts fit together while it goes on changing.
//!
//! The order is what makes a copy that a crash could have left: metadata and manifests, then the ends of the
//! logs, then metadata again, which must be the same but for topics. What the manifests lack is in the
//! slots between, and these are copied before anything that never goes away soon. Topics are read last: one
//! that was deleted meanwhile is deleted in the copy, and one that was made meanwhile has what
//! the logs had of it by their ends.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::ends::{birth, log_of, put_new};
use super::error::damaged;
use super::pages::{copy_all, fetch, manifest_of, put_manifest};
use super::restore::under;
use super::{Companion, Copied, TransferError};
use crate::birth::CellMarker;
use crate::ids::{BrokerEpoch, PgId};
use crate::keys::ObjectKey;
use crate::manifest::Manifest;
use crate::meta::{CellState, EpochState, MetaLog};
use crate::object_ref::ObjectKind;
use crate::object_wal::{Takeover, survey};
use crate::store::{ObjectStore, StoreError};

/// How often a source that changes meanwhile is read.
pub(super) const ROUNDS_MAX: u32 = 20;

/// The end of a log, as the source has it now.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogEnd {
    pub(super) epoch: u64,
    pub(super) low: u64,
    pub(super) end: u64,
    /// Nobody can write it any more.
    pub(super) ended: bool,
}

/// Copies everything but metadata, and the companion with it. Returns the metadata, in which nothing runs.
pub(super) async fn copy_content(
    from: &dyn ObjectStore,
    to: &dyn ObjectStore,
    source: &CellMarker,
    cell: Uuid,
    companion: &dyn Companion,
    copied: &mut Copied,
) -> Result<CellState, TransferError> {
    let present = to.list(String::new()).await?.into_iter().collect();
    let mut round = Round { from, to, source, cell, present, copied };
    round.copy_bulk().await?;
    let mut failed_before = false;
    for _ in 0..ROUNDS_MAX {
        let before = state_of(from, source.cell).await?;
        let settled = match round.copy_once(&before).await {
            Ok(Some(ends)) => {
                failed_before = false;
                settle(from, source.cell, &before, companion).await?.map(|after| (ends, after))
            }
            Ok(None) => None,
            Err(error) => {
                // What is missing was perhaps given up meanwhile, and a listing of a folder is no single
                // moment: what is lost is lost the next time, too.
                if failed_before && state_of(from, source.cell).await? == before {
                    return Err(error);
                }
                failed_before = true;
                None
            }
        };
        let Some((ends, mut state)) = settled else { continue };
        round.copy_folders().await?;
        let ends: BTreeMap<u64, u64> = ends.iter().map(|l| (l.epoch, l.end)).collect();
        state.end_all(|epoch| ends.get(&epoch).copied().unwrap_or(0));
        return Ok(state);
    }
    Err(TransferError::Restless)
}

/// Reads the topics that go with the content that was read under `content`, and has the companion copied in
/// between. None: the content is of no use, because something else changed.
///
/// INVARIANT: the tenants are the same before and behind the companion's copy, so that it knows them all, and
/// no other.
pub(super) async fn settle(
    from: &dyn ObjectStore,
    cell: Uuid,
    content: &CellState,
    companion: &dyn Companion,
) -> Result<Option<CellState>, TransferError> {
    for _ in 0..ROUNDS_MAX {
        let before = state_of(from, cell).await?;
        companion.copy().await.map_err(TransferError::Companion)?;
        let after = state_of(from, cell).await?;
        if after.level() != content.level() {
            return Ok(None);
        }
        if before.tenants() == after.tenants() {
            return Ok(Some(content.with_topics_of(&after)));
        }
    }
    Err(TransferError::Restless)
}

pub(super) async fn state_of(
    from: &dyn ObjectStore,
    cell: Uuid,
) -> Result<CellState, TransferError> {
    let state = MetaLog::read(from, cell).await?;
    state.ok_or_else(|| TransferError::NoCell(ObjectKey::MetaCurrent.to_string()))
}

/// Where each log ends: as it is committed, or where the first slot is missing that nobody proves.
pub(super) async fn ends_of(
    from: &dyn ObjectStore,
    cell: Uuid,
    state: &CellState,
) -> Result<Vec<LogEnd>, TransferError> {
    let mut ends = Vec::new();
    for (epoch, s) in state.epochs() {
        let (epoch, low) = (*epoch, state.wal_low(*epoch));
        if let EpochState::Sealed { end } = *s {
            ends.push(LogEnd { epoch, low, end, ended: true });
            continue;
        }
        let birth = birth(from, epoch).await?;
        let wal = log_of(cell, &birth)?;
        let log = Takeover { wal, width: birth.slots_in_flight_max, low, sealer: wal.nonce };
        let (end, ended) = survey(from, &log).await?;
        ends.push(LogEnd { epoch, low, end, ended });
    }
    Ok(ends)
}

struct Round<'a> {
    from: &'a dyn ObjectStore,
    to: &'a dyn ObjectStore,
    source: &'a CellMarker,
    cell: Uuid,
    present: BTreeSet<String>,
    copied: &'a mut Copied,
}

impl Round<'_> {
    /// Copies what takes long, as far as it is there: what comes later finds most of it done.
    async fn copy_bulk(&mut self) -> Result<(), TransferError> {
        for manifest in self.manifests().await? {
            match self.copy_segments(&manifest).await {
                // It was merged away, perhaps, or it is lost: what comes later tells.
                Ok(()) | Err(TransferError::Damaged { .. }) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Copies the content as of one moment. None: the source changed around that moment.
    async fn copy_once(
        &mut self,
        before: &CellState,
    ) -> Result<Option<Vec<LogEnd>>, TransferError> {
        let manifests = self.manifests().await?;
        let ends = ends_of(self.from, self.source.cell, before).await?;
        if !state_of(self.from, self.source.cell).await?.differs_by_topics(before) {
            return Ok(None);
        }
        self.copy_folders().await?;
        for log in &ends {
            self.copy_slots(log).await?;
        }
        self.copied.partitions = 0;
        for manifest in &manifests {
            self.copy_segments(manifest).await?;
            put_manifest(self.to, manifest).await?;
            self.copied.partitions += manifest.partitions.len() as u64;
        }
        Ok(Some(ends))
    }

    /// Births, and the keys of tenants.
    async fn copy_folders(&mut self) -> Result<(), TransferError> {
        for folder in ["epochs", "keys"] {
            for key in self.from.list(folder.to_owned()).await? {
                match copy_all(self.from, self.to, [key], &mut self.present, self.copied).await {
                    // The tenant was deleted meanwhile, and its key destroyed.
                    Err(TransferError::Damaged { .. }) if folder == "keys" => {}
                    other => other?,
                }
            }
        }
        Ok(())
    }

    async fn manifests(&self) -> Result<Vec<Manifest>, TransferError> {
        let mut manifests = Vec::new();
        for pg in (0..self.source.placement_groups).map(PgId) {
            manifests.extend(manifest_of(self.from, pg).await?.map(|(manifest, _)| manifest));
        }
        Ok(manifests)
    }

    async fn copy_slots(&mut self, log: &LogEnd) -> Result<(), TransferError> {
        let epoch = BrokerEpoch(log.epoch);
        for slot in log.low..log.end {
            let key = ObjectKey::Wal { epoch, lane: 0, slot }.to_string();
            if self.present.contains(&key) {
                continue;
            }
            let bytes = fetch(self.from, &key).await?;
            let moved = under(self.cell, self.source.cell, epoch, slot, &bytes)
                .map_err(|reason| damaged(&key, reason))?;
            put_new(self.to, key.clone(), moved).await?;
            self.copied.objects += 1;
            self.copied.bytes += bytes.len() as u64;
            self.present.insert(key);
        }
        Ok(())
    }

    async fn copy_segments(&mut self, manifest: &Manifest) -> Result<(), TransferError> {
        let key = || ObjectKey::Manifest(PgId(manifest.pg)).to_string();
        let mut named: BTreeSet<String> = BTreeSet::new();
        for extent in manifest.partitions.iter().flat_map(|p| &p.extents) {
            let object = extent.object_ref().map_err(|e| damaged(&key(), e))?;
            if object.kind == ObjectKind::Wal {
                return Err(TransferError::OnDisk);
            }
            named.insert(object.key().to_string());
        }
        copy_all(self.from, self.to, named, &mut self.present, self.copied).await
    }
}

/// Refuses a source with a log that has not ended.
pub(super) async fn refuse_alive(
    from: &dyn ObjectStore,
    source: &CellMarker,
    state: &CellState,
) -> Result<(), TransferError> {
    let running = ends_of(from, source.cell, state).await?.into_iter().find(|log| !log.ended);
    match running {
        Some(log) => {
            let node = birth(from, log.epoch).await?.node;
            Err(TransferError::Alive { epoch: log.epoch, node })
        }
        None => Ok(()),
    }
}

/// Replaces an object of the copy, whatever an attempt before has left.
pub(super) async fn put_over(
    to: &dyn ObjectStore,
    key: String,
    body: crate::payload::Payload,
) -> Result<(), StoreError> {
    if !put_new(to, key.clone(), body.clone()).await? {
        to.delete(key.clone()).await?;
        put_new(to, key, body).await?;
    }
    Ok(())
}
