//! Object tier: deletes what nothing needs any more. Seals and births stay for ever.
//!
//! A broker deletes slots of its own log and segments of its own making. What incarnations left that have
//! ended falls to the active one with the lowest number: should two believe to be that one, they
//! delete the same.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use storage::ids::BrokerEpoch;
use storage::keys::{ObjectKey, wal_prefix};
use storage::manifest::{Extent, Manifest};
use storage::meta::{CellState, EpochState};
use storage::planted::{Planted, on};
use storage::slot::{HEADER_SIZE, TAIL_SIZE};
use storage::store::StoreError;

use super::Cell;
use super::checkpoint::parse_wal_key;
use super::merge::Merges;
use super::settling::Settling;

/// A segment goes when nothing has named it for this long; running reads may still use it.
const READ_GRACE: Duration = Duration::from_mins(30);
/// Segments are listed at most once in so many retention intervals: a page of a listing costs as much
/// as a put, and a large cell has hundreds.
const LISTING_INTERVALS: u32 = 10;
/// Deletions at a time.
const WIDTH: usize = 16;
/// A slot of this size has no chunks: a seal, which stays.
const SEAL_BYTES: u64 = (HEADER_SIZE + TAIL_SIZE) as u64;

/// What collection remembers.
#[derive(Debug, Default)]
pub(super) struct Garbage {
    /// Logs that were given up whole, and deleted.
    swept: BTreeSet<u64>,
    /// Segments that no manifest names yet.
    pub(super) settling: Settling,
    /// Whether a manifest changed since segments were last listed.
    pub(super) changed: bool,
    /// When segments were last listed.
    listed: Option<Duration>,
    /// Segments that nothing names, and since when.
    unnamed: HashMap<String, Duration>,
}

impl Cell {
    /// Deletes slots of this incarnation that were given up.
    pub(super) async fn delete_slots(&self, slots: Range<u64>) -> Result<(), StoreError> {
        let (epoch, lane) = (self.identity.epoch, self.identity.lane);
        self.delete(slots.map(|slot| ObjectKey::Wal { epoch, lane, slot }.to_string())).await
    }

    async fn delete(&self, keys: impl IntoIterator<Item = String>) -> Result<(), StoreError> {
        let deletions: Vec<_> = keys.into_iter().map(|key| self.store.delete(key)).collect();
        stream::iter(deletions).buffer_unordered(WIDTH).try_collect().await
    }

    /// Whether what ended incarnations left is this one's to delete.
    fn tidies_up(&self, state: &CellState) -> bool {
        let mut active = state.epochs().iter().filter(|(_, s)| **s == EpochState::Active);
        active.next().is_some_and(|(epoch, _)| *epoch == self.identity.epoch.0)
    }

    /// Deletes slots of ended logs that nothing needs: below what was given up, and behind the end. Once
    /// for each: later there are no new ones.
    pub(super) async fn sweep_ended_logs(&self, garbage: &mut Garbage) -> Result<(), StoreError> {
        let state = self.view.state();
        if !self.tidies_up(&state) {
            return Ok(());
        }
        let ended = state.epochs().iter().filter_map(|(epoch, s)| match s {
            EpochState::Sealed { end } => Some((*epoch, *end)),
            EpochState::Active | EpochState::Fenced => None,
        });
        for (epoch, end) in ended {
            if garbage.swept.contains(&epoch) || state.wal_low(epoch) < end {
                continue;
            }
            let prefix = wal_prefix(BrokerEpoch(epoch), 0);
            let listed = self.store.list_after(prefix, None, usize::MAX).await?;
            let is_seal = |size| size <= SEAL_BYTES && !on(Planted::SealCollected);
            let dead = listed.into_iter().filter(|o| !is_seal(o.size));
            let dead = dead.filter(|o| parse_wal_key(&o.key).is_some());
            self.delete(dead.map(|o| o.key)).await?;
            garbage.swept.insert(epoch);
        }
        Ok(())
    }

    /// Deletes segments that no manifest names and no partition uses, after a grace.
    ///
    /// Only such whose creator cannot name them any more: those of this incarnation, which knows what it
    /// is about to name, and those of incarnations that have ended and own no manifest. All manifests
    /// of the cell are read after the segments were listed: a segment that other groups share may have
    /// gone with them to another broker.
    pub(super) async fn collect_segments(&self, garbage: &mut Garbage) -> Result<(), StoreError> {
        if !garbage.changed && garbage.unnamed.is_empty() {
            return Ok(());
        }
        let (now, pause) =
            (self.clock.mono(), self.settings.retention_interval * LISTING_INTERVALS);
        if garbage.listed.is_some_and(|at| now < at + pause) {
            return Ok(());
        }
        let state = self.view.state();
        let (own, tidies_up) = (self.identity.epoch.0, self.tidies_up(&state));
        let settled = |creator: u64| match state.epochs().get(&creator) {
            Some(EpochState::Sealed { .. }) => tidies_up,
            // A birth that metadata never heard of has written nothing that counts.
            None => tidies_up && creator < own,
            Some(EpochState::Active | EpochState::Fenced) => creator == own,
        };
        let mut candidates = self.store.list("seg".to_owned()).await?;
        let used = self.used_segments();
        candidates.retain(|key| settled(creator_of(key)) && !used.contains(key));
        if !candidates.is_empty() {
            let manifests = self.all_manifests().await?;
            let named = named_segments(&manifests);
            let owners: BTreeSet<u64> = manifests.iter().map(|m| m.owner).collect();
            let may_name = |creator: u64| creator != own && owners.contains(&creator);
            candidates.retain(|key| !named.contains(key) && !may_name(creator_of(key)));
        }
        let mut unnamed = HashMap::new();
        let mut dead = Vec::new();
        for key in candidates {
            let since = garbage.unnamed.get(&key).copied().unwrap_or(now);
            if now.saturating_sub(since) >= READ_GRACE {
                dead.push(key);
            } else {
                unnamed.insert(key, since);
            }
        }
        self.delete(dead).await?;
        garbage.unnamed = unnamed;
        garbage.changed = false;
        garbage.listed = Some(now);
        Ok(())
    }

    /// Keys of segments that a partition of this process uses; some may not be in its manifest yet.
    fn used_segments(&self) -> BTreeSet<String> {
        // Read before the partitions: what is swapped in meanwhile is in the one or in the other.
        let unfinished = self.merges.as_ref().map(Merges::unfinished).unwrap_or_default();
        let mut used: BTreeSet<String> =
            unfinished.iter().map(|object| object.key().to_string()).collect();
        for pg in &self.pgs {
            for partition in self.partitions_of(pg.id).values() {
                let s = partition.state.lock();
                used.extend(s.extents.iter().map(|e| e.file.key().to_string()));
            }
        }
        used
    }

    async fn all_manifests(&self) -> Result<Vec<Manifest>, StoreError> {
        let reads: Vec<_> = self.pgs.iter().map(|pg| self.manifest_of(pg.id)).collect();
        let found: Vec<Option<Manifest>> =
            stream::iter(reads).buffer_unordered(WIDTH).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn manifest_of(&self, pg: storage::ids::PgId) -> Result<Option<Manifest>, StoreError> {
        let key = ObjectKey::Manifest(pg).to_string();
        match self.store.get(key.clone()).await {
            Ok((bytes, _)) => {
                self.pay(bytes.len() as u64);
                let bad = |reason: String| StoreError::Io { what: "read", key, reason };
                Manifest::parse(&bytes).map(Some).map_err(|e| bad(e.to_string()))
            }
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(e) => Err(e),
        }
    }
}

fn named_segments(manifests: &[Manifest]) -> BTreeSet<String> {
    let extents = manifests.iter().flat_map(|m| &m.partitions).flat_map(|p| &p.extents);
    let objects = extents.filter_map(|e: &Extent| e.object_ref().ok());
    objects.map(|o| o.key().to_string()).collect()
}

/// Who created a segment, by its key; the largest of all for a key that is none.
fn creator_of(key: &str) -> u64 {
    let hex = key.split('/').nth(2);
    hex.and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use storage::ids::BrokerEpoch;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_names_the_creator_of_a_segment() {
        let key = ObjectKey::Segment { creator: BrokerEpoch(0x2a), id: Uuid::nil() }.to_string();
        assert_eq!(creator_of(&key), 0x2a);
        assert_eq!(creator_of("seg/00"), u64::MAX);
    }
}
