//! Every persisted format of level 1, byte by byte.

use bytes::Bytes;
use prost::Message as _;
use storage::birth::{Birth, CellMarker};
use storage::ids::{BrokerEpoch, PgId};
use storage::keys::ObjectKey;
use storage::manifest::{
    Covered, EpochStart, Extent, Manifest, ManifestError, PartitionManifest, PartitionProducers,
    ProducerBatch, ProducerEntry,
};
use storage::object_ref::{ObjectKind, ObjectRef};
use storage::segment::{SegmentBuilder, footer_len, parse_footer, segment_id};
use storage::slot::{HEADER_SIZE, SlotBuilder, SlotFlags, SlotFooter, SlotHeader};
use uuid::Uuid;

use crate::golden;
use crate::sample::{CELL, bytes_of, chunk, partition, slot, wal};

#[test]
fn keys_are_frozen() {
    let id = Uuid::from_u128(0xabc);
    let keys = [
        ObjectKey::Wal { epoch: BrokerEpoch(7), lane: 0, slot: 42 },
        ObjectKey::Epoch(BrokerEpoch(7)),
        ObjectKey::Meta { term: 2, slot: 9 },
        ObjectKey::MetaSnapshot(id),
        ObjectKey::MetaCurrent,
        ObjectKey::Manifest(PgId(12)),
        ObjectKey::ManifestPage(PgId(12), id),
        ObjectKey::Segment { creator: BrokerEpoch(7), id },
        ObjectKey::Hold(id),
        ObjectKey::Cell,
    ];
    let all: String = keys.iter().map(|k| format!("{k}\n")).collect();
    golden::check("keys", all.as_bytes());
    golden::check("key_proof", ObjectKey::Proof(id).to_string().as_bytes());
    let split = format!("{}\n{}\n", ObjectKey::MetaPlace, ObjectKey::MetaOwner);
    golden::check("keys_split", split.as_bytes());
}

#[test]
fn a_data_slot_is_frozen() {
    let slot = slot(42);
    let bytes = bytes_of(&slot);
    golden::check("slot_data", &bytes);
    let header = SlotHeader::parse(bytes.first_chunk().unwrap(), CELL, BrokerEpoch(7), 42).unwrap();
    assert_eq!(header, slot.header);
    let at = HEADER_SIZE + usize::try_from(header.body_len).unwrap();
    assert_eq!(SlotFooter::parse(&bytes[at..], &wal(), 42).unwrap(), slot.footer);
}

#[test]
fn a_seal_with_a_rollup_is_frozen() {
    let mut b = SlotBuilder::default();
    b.set_rollup(vec![chunk(0, storage::slot::ChunkKind::Data)]);
    let slot = b.finish(wal(), 43, SlotFlags::SEAL, 43, 1_700_000_000_004);
    golden::check("slot_seal", &bytes_of(&slot));
}

#[test]
fn references_are_frozen() {
    let file = ObjectRef::wal_file(0, BrokerEpoch(7), 0, 42);
    let segment = ObjectRef {
        store: 1,
        kind: ObjectKind::Segment,
        lane: 0,
        id: *Uuid::from_u128(0xabc).as_bytes(),
        offset: 4096,
        length: 77,
    };
    golden::check("object_refs", &[file.to_bytes(), segment.to_bytes()].concat());
    for r in [file, segment] {
        assert_eq!(ObjectRef::from_bytes(&r.to_bytes()), Ok(r));
    }
    assert_eq!(file.wal_parts(), (BrokerEpoch(7), 42));
}

#[test]
fn a_segment_is_frozen() {
    let id = segment_id(Uuid::from_u128(0x0190_0000_0000_7abc_8000_0000_0000_0000), BrokerEpoch(7));
    let mut b = SegmentBuilder::new(CELL, id);
    b.push(partition(0), PgId(3), (100, 102), 1_700_000_000_000, Bytes::from_static(b"first"));
    b.push(partition(0), PgId(3), (103, 103), 1_700_000_000_001, Bytes::from_static(b"second"));
    b.push(partition(1), PgId(3), (9, 9), 1_700_000_000_002, Bytes::from_static(b"other"));
    let segment = b.finish();
    let bytes = segment.payload.concat();
    golden::check("segment", &bytes);
    let len = usize::try_from(footer_len(&bytes).unwrap()).unwrap();
    assert_eq!(parse_footer(id, &bytes[bytes.len() - len..]).unwrap(), segment.blocks);
    let key = ObjectKey::Segment { creator: BrokerEpoch(7), id };
    assert_eq!(ObjectRef::segment(0, id).key(), key);
}

fn manifest() -> Manifest {
    let id = partition(3);
    Manifest {
        format_level: 1,
        pg: 12,
        pg_epoch: 5,
        owner: 7,
        version: 9,
        partitions: vec![PartitionManifest {
            tenant: id.tenant.as_bytes().to_vec(),
            topic: id.topic.as_bytes().to_vec(),
            index: id.index,
            log_start: 10,
            next_offset: 104,
            epochs: vec![EpochStart { epoch: 4, start: 0 }, EpochStart { epoch: 5, start: 50 }],
            extents: vec![Extent {
                first: 10,
                last: 103,
                object: ObjectRef::wal_file(0, BrokerEpoch(7), 0, 0).to_bytes().to_vec(),
                max_timestamp: 1_700_000_000_000,
                bytes: 4096,
                encryption_key: 0,
            }],
        }],
        covered: vec![Covered { epoch: 7, slot: 43 }],
        producers: vec![PartitionProducers {
            tenant: id.tenant.as_bytes().to_vec(),
            topic: id.topic.as_bytes().to_vec(),
            index: id.index,
            producers: vec![ProducerEntry {
                id: (7 << 24) + 1,
                epoch: 2,
                batches: vec![ProducerBatch {
                    first_sequence: 5,
                    last_sequence: 7,
                    base_offset: 100,
                    timestamp: 1_700_000_000_000,
                }],
                idle_ms: 12,
            }],
        }],
    }
}

#[test]
fn a_manifest_is_frozen() {
    let bytes = manifest().encode_to_vec();
    golden::check("manifest", &bytes);
    assert_eq!(Manifest::parse(&bytes).unwrap(), manifest());
    assert_eq!(manifest().partitions[0].id().unwrap(), partition(3));
    assert_eq!(manifest().producers[0].id().unwrap(), partition(3));
}

#[test]
fn a_newer_manifest_is_refused() {
    let newer = Manifest { format_level: 2, ..manifest() };
    assert_eq!(Manifest::parse(&newer.encode_to_vec()), Err(ManifestError::TooNew(2)));
}

#[test]
fn births_and_markers_are_frozen() {
    let birth = Birth {
        format_level: 1,
        epoch: 7,
        nonce: "5a".repeat(16),
        slots_in_flight_max: 1,
        node: "local".into(),
        born_at_ms: 1_700_000_000_000,
    };
    golden::check("birth", &serde_json::to_vec(&birth).unwrap());
    let marker = CellMarker {
        format_level: 1,
        cell: CELL,
        coordinator_slots: 256,
        coordinator_hash: "crc32c-v1".into(),
        placement_groups: 8,
        group_topic: Uuid::from_u128(1),
        transaction_topic: Uuid::from_u128(2),
        created_at_ms: 1_700_000_000_000,
    };
    golden::check("cell", &serde_json::to_vec_pretty(&marker).unwrap());
}
