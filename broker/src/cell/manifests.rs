//! Loads manifests into partitions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use common_seams::Clock;
use common_types::TenantId;
use storage::ids::{PartitionId, PgId};
use storage::keys::ObjectKey;
use storage::manifest::{
    Manifest, ManifestError, PartitionManifest, PartitionProducers, ProducerSnapshot,
};
use storage::store::{ObjectStore, StoreError};
use uuid::Uuid;

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
pub(super) async fn load(
    store: &dyn ObjectStore,
    stored: &BTreeMap<u32, Stored>,
    partitions: &HashMap<PartitionId, Arc<Partition>>,
    clock: &dyn Clock,
) -> Result<(), OpenError> {
    for one in stored.values() {
        load_one(store, one, partitions, clock).await?;
    }
    Ok(())
}

/// Gives partitions of one placement group what its manifest says.
pub(super) async fn load_one(
    store: &dyn ObjectStore,
    stored: &Stored,
    partitions: &HashMap<PartitionId, Arc<Partition>>,
    clock: &dyn Clock,
) -> Result<(), OpenError> {
    let manifest = &stored.manifest;
    let key = ObjectKey::Manifest(PgId(manifest.pg)).to_string();
    let bad = |e: ManifestError| damaged(&key, e);
    let producers = load_producers(store, PgId(manifest.pg), manifest).await?;
    for m in &manifest.partitions {
        let id = m.id().map_err(bad)?;
        let Some(partition) = partitions.get(&id) else { continue };
        partition.load(m, to_extents(m).map_err(bad)?, producers.get(&id), clock.mono());
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

async fn load_producers(
    store: &dyn ObjectStore,
    pg: PgId,
    manifest: &Manifest,
) -> Result<HashMap<PartitionId, PartitionProducers>, OpenError> {
    let Ok(id) = Uuid::from_slice(&manifest.producer_state) else { return Ok(HashMap::new()) };
    let key = ObjectKey::ProducerState(pg, id).to_string();
    let (bytes, _) = store.get(key.clone()).await?;
    let snapshot: ProducerSnapshot = prost::Message::decode(bytes).map_err(|e| damaged(&key, e))?;
    let mut all = HashMap::new();
    for p in snapshot.partitions {
        let tenant = p.tenant[..].try_into().ok().and_then(|b| TenantId::from_bytes(b).ok());
        let topic = Uuid::from_slice(&p.topic).ok();
        let (Some(tenant), Some(topic)) = (tenant, topic) else {
            return Err(damaged(&key, "an id is not 16 bytes"));
        };
        all.insert(PartitionId { tenant, topic, index: p.index }, p);
    }
    Ok(all)
}
