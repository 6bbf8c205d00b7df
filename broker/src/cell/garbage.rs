//! Object tier: deletes what nothing needs any more. Seals and births stay for ever.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use storage::keys::ObjectKey;
use storage::manifest::Extent;
use storage::meta::EpochState;
use storage::planted::{Planted, on};
use storage::slot::{HEADER_SIZE, TAIL_SIZE};
use storage::store::StoreError;

use super::Cell;
use super::checkpoint::{Stored, parse_wal_key};

/// A segment goes when nothing has named it for this long; running reads may still use it.
const READ_GRACE: Duration = Duration::from_mins(30);
/// Deletions at a time.
const WIDTH: usize = 16;
/// A slot of this size has no chunks: a seal, which stays.
const SEAL_BYTES: u64 = (HEADER_SIZE + TAIL_SIZE) as u64;

/// What collection remembers.
#[derive(Debug, Default)]
pub(super) struct Garbage {
    /// Whether left-overs of earlier incarnations were looked for.
    swept: bool,
    /// Whether a manifest changed since segments were last listed.
    pub(super) changed: bool,
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

    /// Deletes slots of ended logs that nothing needs: below what was given up, and behind the end. Once
    /// a start: later there are no new ones.
    pub(super) async fn sweep_ended_logs(&self, garbage: &mut Garbage) -> Result<(), StoreError> {
        let (ends, low): (BTreeMap<u64, u64>, BTreeMap<u64, u64>) = {
            let meta = self.meta.lock().await;
            let ended = meta.state().epochs().iter().filter_map(|(epoch, s)| match s {
                EpochState::Sealed { end } => Some((*epoch, *end)),
                EpochState::Active | EpochState::Fenced => None,
            });
            let ends: BTreeMap<u64, u64> = ended.collect();
            let low = ends.keys().map(|e| (*e, meta.state().wal_low(*e))).collect();
            (ends, low)
        };
        if garbage.swept || ends.iter().any(|(epoch, end)| low[epoch] < *end) {
            return Ok(());
        }
        let listed = self.store.list_after("wal".to_owned(), None, usize::MAX).await?;
        let is_seal = |size| size <= SEAL_BYTES && !on(Planted::SealCollected);
        let dead = listed.into_iter().filter(|o| !is_seal(o.size)).filter(|o| {
            parse_wal_key(&o.key).is_some_and(|file| ends.contains_key(&file.wal_parts().0.0))
        });
        self.delete(dead.map(|o| o.key)).await?;
        garbage.swept = true;
        Ok(())
    }

    /// Deletes segments that no manifest names and no partition uses, after a grace.
    ///
    /// Only those of this incarnation and of earlier ones, whose manifests it has claimed: what none of
    /// them names can never be named again. Segments of a later incarnation are not even looked at, so
    /// a process that was replaced, and does not know it yet, deletes nothing that is needed.
    pub(super) async fn collect_segments(
        &self,
        garbage: &mut Garbage,
        stored: &BTreeMap<u32, Stored>,
    ) -> Result<(), StoreError> {
        if !garbage.changed && garbage.unnamed.is_empty() {
            return Ok(());
        }
        let now = self.clock.mono();
        let listed = self.store.list("seg".to_owned()).await?;
        let named = self.named_segments(stored);
        let mut unnamed = HashMap::new();
        let mut dead = Vec::new();
        let settled = listed.into_iter().filter(|key| creator_of(key) <= self.identity.epoch.0);
        for key in settled.filter(|key| !named.contains(key)) {
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
        Ok(())
    }

    /// Keys of segments that a manifest names or a partition uses. Every manifest of the cell is
    /// claimed by this incarnation, so what it remembers of them is what is stored.
    fn named_segments(&self, stored: &BTreeMap<u32, Stored>) -> BTreeSet<String> {
        let extents = stored.values().flat_map(|s| &s.manifest.partitions).flat_map(|p| &p.extents);
        let in_manifests = extents.filter_map(|e: &Extent| e.object_ref().ok());
        let mut named: BTreeSet<String> = in_manifests.map(|o| o.key().to_string()).collect();
        for pg in &self.pgs {
            for partition in self.partitions_of(pg.id).values() {
                let s = partition.state.lock();
                named.extend(s.extents.iter().map(|e| e.file.key().to_string()));
            }
        }
        named
    }
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
