//! Loads manifests into partitions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use common_seams::Clock;
use storage::ids::{PartitionId, PgId};
use storage::keys::ObjectKey;
use storage::manifest::{Manifest, ManifestError, PartitionManifest, PartitionProducers};
use storage::store::{ObjectStore, StoreError};

use super::checkpoint::Stored;
use super::open::{OpenError, damaged};
use crate::partition::{LiveExtent, Partition};

/// All manifests that there are.
pub(super) async fn read(
    store: &dyn ObjectStore,
    groups: u32,
) -> Result<BTreeMap<u32, Stored>, OpenError> {
    let mut all = BTreeMap::new();
    for pg in 0..groups {
        let key = ObjectKey::Manifest(PgId(pg)).to_string();
        let (bytes, etag) = match store.get(key.clone()).await {
            Ok(found) => found,
            Err(StoreError::NotFound(_)) => continue,
            Err(e) => return Err(e.into()),
        };
        let manifest = Manifest::parse(&bytes).map_err(|e| damaged(&key, e))?;
        all.insert(pg, Stored { manifest, etag });
    }
    Ok(all)
}

/// Gives partitions what their manifests say.
pub(super) fn load(
    stored: &BTreeMap<u32, Stored>,
    partitions: &HashMap<PartitionId, Arc<Partition>>,
    clock: &dyn Clock,
) -> Result<(), OpenError> {
    for one in stored.values() {
        load_one(one, partitions, clock)?;
    }
    Ok(())
}

/// Gives partitions of one placement group what its manifest says.
pub(super) fn load_one(
    stored: &Stored,
    partitions: &HashMap<PartitionId, Arc<Partition>>,
    clock: &dyn Clock,
) -> Result<(), OpenError> {
    let manifest = &stored.manifest;
    let key = ObjectKey::Manifest(PgId(manifest.pg)).to_string();
    let bad = |e: ManifestError| damaged(&key, e);
    let producers = producers_by_partition(manifest).map_err(bad)?;
    for m in &manifest.partitions {
        let id = m.id().map_err(bad)?;
        let Some(partition) = partitions.get(&id) else { continue };
        partition.load(m, to_extents(m).map_err(bad)?, producers.get(&id).copied(), clock.mono());
    }
    Ok(())
}

/// Where a manifest says that the records of a partition lie.
pub(super) fn to_extents(m: &PartitionManifest) -> Result<Vec<LiveExtent>, ManifestError> {
    let extents = m.extents.iter().map(|e| {
        Ok(LiveExtent {
            first: e.first,
            last: e.last,
            file: e.object_ref()?,
            max_timestamp: e.max_timestamp,
            bytes: e.bytes,
            encryption_key: e.encryption_key,
        })
    });
    extents.collect()
}

fn producers_by_partition(
    manifest: &Manifest,
) -> Result<HashMap<PartitionId, &PartitionProducers>, ManifestError> {
    manifest.producers.iter().map(|p| Ok((p.id()?, p))).collect()
}
