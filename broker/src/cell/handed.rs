//! The state of a placement group, as a leader gives it to the next one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use storage::file_index::ChunkAt;
use storage::ids::PartitionId;
use storage::manifest::{ManifestError, PartitionManifest, PartitionProducers};
use storage::object_ref::ObjectRef;

use super::manifests::to_extents;
use super::open::{OpenError, damaged};
use crate::partition::{OpenChunk, Partition};

/// All of a group that is not in its manifest, and what is. Between brokers only; tags are frozen.
#[derive(Clone, PartialEq, Message)]
struct Handed {
    #[prost(message, repeated, tag = "1")]
    partitions: Vec<HandedPartition>,
}

#[derive(Clone, PartialEq, Message)]
struct HandedPartition {
    /// Up to the first chunk that is only in the WAL.
    #[prost(message, optional, tag = "1")]
    manifest: Option<PartitionManifest>,
    #[prost(message, repeated, tag = "2")]
    open: Vec<HandedChunk>,
    #[prost(message, optional, tag = "3")]
    producers: Option<PartitionProducers>,
    #[prost(int64, tag = "4")]
    high_watermark: i64,
}

/// A chunk in a slot.
#[derive(Clone, PartialEq, Message)]
struct HandedChunk {
    #[prost(bytes = "vec", tag = "1")]
    object: Vec<u8>,
    #[prost(int64, tag = "2")]
    first: i64,
    #[prost(int64, tag = "3")]
    last: i64,
    #[prost(uint64, tag = "4")]
    position: u64,
    #[prost(uint64, tag = "5")]
    length: u64,
    #[prost(int64, tag = "6")]
    max_timestamp: i64,
    #[prost(uint64, tag = "7")]
    encryption_key: u64,
}

/// The state of all partitions. Nothing is appended meanwhile, and everything is durable.
pub(super) fn state_of(partitions: &BTreeMap<PartitionId, Arc<Partition>>, now: Duration) -> Bytes {
    let partitions = partitions.values().map(|p| {
        let (log_start, high_watermark) = p.bounds();
        let open = p.state.lock().active.iter().map(to_wire).collect();
        HandedPartition {
            manifest: Some(p.to_manifest_whole(log_start)),
            open,
            producers: Some(p.to_producers(high_watermark, now)),
            high_watermark,
        }
    });
    Handed { partitions: partitions.collect() }.encode_to_vec().into()
}

/// Gives partitions what was sent. One that was not sent is as new.
pub(super) fn load(
    sent: &Bytes,
    partitions: &HashMap<PartitionId, Arc<Partition>>,
    now: Duration,
) -> Result<(), OpenError> {
    let bad = |e: &dyn ToString| damaged("the state that another broker sent", e.to_string());
    let handed = Handed::decode(sent.clone()).map_err(|e| bad(&e))?;
    for p in handed.partitions {
        let manifest = p.manifest.ok_or_else(|| bad(&"a partition without a manifest"))?;
        let id = manifest.id().map_err(|e| bad(&e))?;
        let Some(partition) = partitions.get(&id) else { continue };
        let extents = to_extents(&manifest).map_err(|e| bad(&e))?;
        partition.load(&manifest, extents, p.producers.as_ref(), now);
        let open: Result<Vec<OpenChunk>, ManifestError> = p.open.iter().map(from_wire).collect();
        let mut s = partition.state.lock();
        s.active = open.map_err(|e| bad(&e))?;
        (s.next_offset, s.high_watermark) = (p.high_watermark, p.high_watermark);
    }
    Ok(())
}

fn to_wire(chunk: &OpenChunk) -> HandedChunk {
    HandedChunk {
        object: chunk.object.to_bytes().to_vec(),
        first: chunk.at.first,
        last: chunk.at.last,
        position: chunk.at.position,
        length: chunk.at.length,
        max_timestamp: chunk.at.max_timestamp,
        encryption_key: chunk.at.encryption_key,
    }
}

fn from_wire(chunk: &HandedChunk) -> Result<OpenChunk, ManifestError> {
    let malformed = |text: String| ManifestError::Malformed(text);
    let bytes = chunk.object[..].try_into();
    let bytes = bytes.map_err(|_| malformed("object reference has another length".into()))?;
    let object = ObjectRef::from_bytes(bytes).map_err(|e| malformed(e.to_string()))?;
    let at = ChunkAt {
        first: chunk.first,
        last: chunk.last,
        position: chunk.position,
        length: chunk.length,
        max_timestamp: chunk.max_timestamp,
        encryption_key: chunk.encryption_key,
    };
    Ok(OpenChunk { object, at })
}
