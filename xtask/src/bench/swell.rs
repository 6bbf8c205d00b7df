//! Makes a topic look as large as nobody has time to write it: manifests that name segments which are not
//! there. Whoever leads or moves it never looks at a segment; who reads it would find nothing.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use common_seams::{Clock as _, SeededRng, SystemClock, uuid_v4};
use prost::Message as _;
use storage::birth::CellMarker;
use storage::ids::{BrokerEpoch, PgId};
use storage::keys::ObjectKey;
use storage::manifest::{EpochStart, Extent, Manifest, PartitionManifest};
use storage::meta::{CellState, MetaLog, TopicRow};
use storage::object_ref::ObjectRef;
use storage::segment::segment_id;
use storage::store::{ObjectStore as _, PutMode, StoreError};
use storage_disk::FolderStore;

/// A segment, when a partition has it for itself.
const SEGMENT_BYTES: u64 = 64 << 20;
const RECORDS: i64 = 64 << 10;

/// Gives the partitions of an empty topic so many bytes, while nobody runs.
pub(super) fn swell(bucket: &Path, topic: &str, bytes: u64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let store = FolderStore::open(bucket)?;
        let (marker, _) = store.get(ObjectKey::Cell.to_string()).await?;
        let marker: CellMarker = serde_json::from_slice(&marker)?;
        let state = MetaLog::read(&store, marker.cell).await?.context("there is no metadata")?;
        let row = state.topics().values().find(|row| row.name == topic);
        let row = row.with_context(|| format!("there is no topic {topic}"))?;
        for (pg, partitions) in partitions(row, &state, bytes)? {
            put(&store, pg, partitions).await?;
        }
        Ok(())
    })
}

/// What each group has of the topic.
fn partitions(
    row: &TopicRow,
    state: &CellState,
    bytes: u64,
) -> Result<BTreeMap<u32, Vec<PartitionManifest>>> {
    let Some(creator) = state.epochs().keys().next_back() else { bail!("nobody ever ran") };
    let (rng, now) = (SeededRng::new(1), SystemClock.wall_ms());
    let segments = i64::try_from(bytes / SEGMENT_BYTES / row.pgs.len() as u64)?;
    let mut all: BTreeMap<u32, Vec<PartitionManifest>> = BTreeMap::new();
    for (index, pg) in (0..).zip(&row.pgs) {
        let extents = (0..segments).map(|n| {
            let id = segment_id(uuid_v4(&rng), BrokerEpoch(*creator));
            Extent {
                first: n * RECORDS,
                last: (n + 1) * RECORDS - 1,
                object: ObjectRef::segment(0, id).to_bytes().to_vec(),
                max_timestamp: now,
                bytes: SEGMENT_BYTES,
                encryption_key: 0,
            }
        });
        all.entry(*pg).or_default().push(PartitionManifest {
            tenant: row.tenant.as_bytes().to_vec(),
            topic: row.id.as_bytes().to_vec(),
            index,
            log_start: 0,
            next_offset: segments * RECORDS,
            epochs: vec![EpochStart { epoch: 0, start: 0 }],
            extents: extents.collect(),
        });
    }
    Ok(all)
}

async fn put(store: &FolderStore, pg: u32, partitions: Vec<PartitionManifest>) -> Result<()> {
    let key = ObjectKey::Manifest(PgId(pg)).to_string();
    let (bytes, etag) = match store.get(key.clone()).await {
        Ok(found) => found,
        Err(StoreError::NotFound(_)) => bail!("group {pg} has no manifest: nobody led it"),
        Err(e) => return Err(e.into()),
    };
    let mut manifest = Manifest::parse(&bytes)?;
    manifest.partitions.extend(partitions);
    manifest.version += 1;
    store.put(key, manifest.encode_to_vec().into(), PutMode::IfMatch(etag)).await?;
    Ok(())
}
