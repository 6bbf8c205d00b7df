use storage::manifest::Manifest;
use storage::object_ref::ObjectRef;

use super::fingerprint::{fingerprint, magnitude};
use crate::target::Target;

pub(super) fn targets() -> Vec<Target> {
    vec![
        Target { name: "manifest", seeds: manifest_seeds, decode: manifest },
        Target { name: "object-reference", seeds: reference_seeds, decode: reference },
    ]
}

fn manifest_seeds() -> Vec<Vec<u8>> {
    use prost::Message as _;
    use storage::levels::FORMAT_LEVEL;
    use storage::manifest::{
        Covered, EpochStart, Extent, PartitionManifest, PartitionProducers, ProducerBatch,
        ProducerEntry,
    };
    let reference = ObjectRef::wal_file(1, storage::ids::BrokerEpoch(3), 0, 17);
    let extent = Extent {
        first: 0,
        last: 9,
        object: reference.to_bytes().to_vec(),
        max_timestamp: 5,
        bytes: 512,
        encryption_key: 0,
    };
    let partition = PartitionManifest {
        tenant: b"lkc-fuzz\0\0\0\0\0\0\0\0".to_vec(),
        topic: vec![5; 16],
        index: 1,
        log_start: 0,
        next_offset: 10,
        epochs: vec![EpochStart { epoch: 1, start: 0 }],
        extents: vec![extent],
    };
    let batch = ProducerBatch { first_sequence: 0, last_sequence: 9, base_offset: 0, timestamp: 5 };
    let producers = PartitionProducers {
        tenant: partition.tenant.clone(),
        topic: partition.topic.clone(),
        index: 1,
        producers: vec![ProducerEntry { id: 4, epoch: 0, batches: vec![batch], idle_ms: 3 }],
    };
    let manifest = Manifest {
        format_level: u32::from(FORMAT_LEVEL),
        pg: 2,
        pg_epoch: 1,
        owner: 3,
        version: 4,
        partitions: vec![partition],
        covered: vec![Covered { epoch: 3, slot: 17 }],
        producers: vec![producers],
    };
    vec![manifest.encode_to_vec()]
}

fn manifest(input: &[u8]) -> u64 {
    let manifest = match Manifest::parse(input) {
        Ok(manifest) => manifest,
        Err(error) => return fingerprint(error.to_string()),
    };
    let ids = manifest.partitions.iter().filter(|partition| partition.id().is_ok()).count();
    let extents = manifest.partitions.iter().flat_map(|partition| &partition.extents);
    let references = extents.filter(|extent| extent.object_ref().is_ok()).count();
    let producers = manifest.producers.iter().filter(|producers| producers.id().is_ok()).count();
    let sizes = [manifest.partitions.len(), manifest.covered.len(), ids, references, producers];
    fingerprint(sizes.map(magnitude))
}

fn reference_seeds() -> Vec<Vec<u8>> {
    vec![ObjectRef::wal_file(1, storage::ids::BrokerEpoch(3), 0, 17).to_bytes().to_vec()]
}

fn reference(input: &[u8]) -> u64 {
    let Some(bytes) = input.first_chunk::<{ ObjectRef::SIZE }>() else {
        return fingerprint("short");
    };
    match ObjectRef::from_bytes(bytes) {
        Ok(reference) => {
            let again = ObjectRef::from_bytes(&reference.to_bytes());
            assert!(again.is_ok_and(|again| again == reference), "a reference reads back");
            fingerprint((reference.lane, reference.length.checked_ilog2()))
        }
        Err(error) => fingerprint(error.to_string()),
    }
}
