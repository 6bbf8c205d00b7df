//! An audit finds what is wrong, names it, and finds nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use prost::Message as _;
use storage::audit::{AuditError, Class, Fault, Report, Sample, audit};
use storage::birth::{Birth, CellMarker};
use storage::ids::{BrokerEpoch, PgId, WalIdentity};
use storage::keys::ObjectKey;
use storage::levels::FORMAT_LEVEL;
use storage::manifest::{Covered, Extent, Manifest, PartitionManifest};
use storage::meta::{MetaLog, MetaOp, TopicRow, Txn};
use storage::object_ref::ObjectRef;
use storage::payload::Payload;
use storage::segment::{SegmentBuilder, segment_id};
use storage::slot::{Chunk, ChunkKind, SlotBuilder, SlotFlags};
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreError};
use storage_testkit::SimStore;
use uuid::Uuid;

use crate::sample::{CELL, chunk, partition, well};

pub(crate) fn wal_key(epoch: u64, slot: u64) -> String {
    ObjectKey::Wal { epoch: BrokerEpoch(epoch), lane: 0, slot }.to_string()
}

fn segment(creator: u64, n: u128) -> ObjectRef {
    ObjectRef::segment(0, segment_id(Uuid::from_u128(n << 64), BrokerEpoch(creator)))
}

pub(crate) fn segment_key(creator: u64, n: u128) -> String {
    segment(creator, n).key().to_string()
}

/// A cell of two incarnations, of which the first has ended: slots 1 and 2 of its log are needed, 3 is
/// its seal. Partition 0 has offsets 0 to 99 in two segments and 100 to 139 in slots.
pub(crate) async fn cell() -> SimStore {
    let store = well();
    put(&store, ObjectKey::Cell.to_string(), serde_json::to_vec(&marker()).unwrap()).await;
    for epoch in [1, 2] {
        let birth = serde_json::to_vec(&birth(epoch)).unwrap();
        put(&store, ObjectKey::Epoch(BrokerEpoch(epoch)).to_string(), birth).await;
    }
    metadata(&store).await;
    for (epoch, slot, first) in [(1, 0, 90), (1, 1, 100), (1, 2, 110), (2, 0, 120), (2, 1, 130)] {
        put_slot(&store, epoch, slot, SlotFlags::DATA, Some(first)).await;
    }
    put_slot(&store, 1, 3, SlotFlags::SEAL, None).await;
    put_slot(&store, 1, 4, SlotFlags::DATA, Some(120)).await;
    for (n, first) in [(1, 0), (2, 50)] {
        put_segment(&store, 1, n, first).await;
    }
    put_segment(&store, 2, 3, 0).await;
    put(&store, manifest_key(), manifest(&[(1, 0), (2, 50)]).encode_to_vec()).await;
    store
}

fn birth(epoch: u64) -> Birth {
    Birth {
        format_level: FORMAT_LEVEL,
        epoch,
        nonce: "01".repeat(16),
        slots_in_flight_max: 2,
        node: "node-1".into(),
        born_at_ms: 0,
    }
}

fn marker() -> CellMarker {
    CellMarker {
        format_level: FORMAT_LEVEL,
        cell: CELL,
        coordinator_slots: 256,
        coordinator_hash: "any".into(),
        placement_groups: 2,
        group_topic: Uuid::from_u128(11),
        transaction_topic: Uuid::from_u128(12),
        created_at_ms: 0,
    }
}

async fn metadata(store: &SimStore) {
    let store: Arc<dyn ObjectStore> = Arc::new(store.clone());
    let mut log = MetaLog::open(store, CELL, Uuid::from_u128(1), None).await.unwrap();
    let tenant = partition(0).tenant;
    let topic = TopicRow {
        tenant,
        name: "orders".into(),
        id: partition(0).topic,
        pgs: vec![0],
        replication_factor: 1,
        configs: BTreeMap::new(),
        created_at_ms: 0,
    };
    let first = vec![
        MetaOp::ActivateEpoch { epoch: 1 },
        MetaOp::Lead { pg: 0, epoch: 1, pg_epoch: 1 },
        MetaOp::PutTenant { tenant },
        MetaOp::CreateTopic(topic),
        MetaOp::WalLow { epoch: 1, slot: 1 },
    ];
    log.commit(&Txn { acting: 1, ops: first }).await.unwrap();
    let second = vec![
        MetaOp::ActivateEpoch { epoch: 2 },
        MetaOp::FenceEpoch { epoch: 1 },
        MetaOp::SealEpoch { epoch: 1, end: 3 },
        MetaOp::Lead { pg: 0, epoch: 2, pg_epoch: 2 },
    ];
    log.commit(&Txn { acting: 2, ops: second }).await.unwrap();
}

fn manifest_key() -> String {
    ObjectKey::Manifest(PgId(0)).to_string()
}

/// A manifest with segments of fifty records each, by number and first offset.
fn manifest(segments: &[(u128, i64)]) -> Manifest {
    let id = partition(0);
    let extents = segments.iter().map(|(n, first)| Extent {
        first: *first,
        last: first + 49,
        object: segment(1, *n).to_bytes().to_vec(),
        max_timestamp: 0,
        bytes: 500,
        encryption_key: 0,
    });
    let partition = PartitionManifest {
        tenant: id.tenant.as_bytes().to_vec(),
        topic: id.topic.as_bytes().to_vec(),
        index: 0,
        log_start: 0,
        next_offset: 100,
        epochs: Vec::new(),
        extents: extents.collect(),
    };
    Manifest {
        format_level: 1,
        pg: 0,
        pg_epoch: 2,
        owner: 2,
        version: 1,
        partitions: vec![partition],
        covered: vec![Covered { epoch: 1, slot: 1 }],
        producers: Vec::new(),
    }
}

async fn put(store: &SimStore, key: String, body: impl Into<Payload>) {
    store.put(key, body.into(), PutMode::IfAbsent).await.unwrap();
}

/// Puts an object in the place of another.
async fn replace(store: &SimStore, key: &str, body: impl Into<Payload>) {
    let (_, etag) = store.get(key.to_owned()).await.unwrap();
    store.put(key.to_owned(), body.into(), PutMode::IfMatch(etag)).await.unwrap();
}

async fn put_slot(store: &SimStore, epoch: u64, slot: u64, flags: SlotFlags, first: Option<i64>) {
    let mut builder = SlotBuilder::default();
    if let Some(first) = first {
        let pg_epoch = i32::try_from(epoch).unwrap();
        let chunk = Chunk { pg: PgId(0), pg_epoch, ..chunk(0, ChunkKind::Data) };
        builder.begin_chunk(chunk);
        builder.push_batch(Bytes::from(vec![7; 100]), first, first + 9, 0);
    }
    let wal =
        WalIdentity { cell: CELL, store: 0, epoch: BrokerEpoch(epoch), lane: 0, nonce: [1; 16] };
    let encoded = builder.finish(wal, slot, flags, slot, 0);
    put(store, wal_key(epoch, slot), encoded.payload()).await;
}

async fn put_segment(store: &SimStore, creator: u64, n: u128, first: i64) {
    let id = segment_id(Uuid::from_u128(n << 64), BrokerEpoch(creator));
    let mut builder = SegmentBuilder::new(CELL, id);
    for ten in 0..5 {
        let from = first + ten * 10;
        let body = Bytes::from(vec![3; 100 << 10]);
        builder.push(partition(0), PgId(0), (from, from + 9), 0, body);
    }
    put(store, segment_key(creator, n), builder.finish().payload).await;
}

async fn report(store: &dyn ObjectStore) -> Report {
    audit(store, Sample::ALL).await.unwrap()
}

/// What an audit says, as it is shown.
async fn said(store: &dyn ObjectStore) -> Vec<String> {
    report(store).await.findings.iter().map(ToString::to_string).collect()
}

async fn flip(store: &SimStore, key: &str, at: usize) {
    let mut bytes = store.object(key).unwrap().to_vec();
    bytes[at] ^= 1;
    replace(store, key, bytes).await;
}

#[tokio::test]
async fn a_sound_cell_is_clean_and_everything_in_it_has_a_class() {
    let store = cell().await;
    let (before, written) = (store.keys(), store.counts().all(storage_testkit::Op::Put));
    let report = report(&store).await;
    assert_eq!(report.findings, []);
    assert_eq!((report.partitions, report.checksums), (1, 11), "6 blocks, 5 slots that count");
    let objects: BTreeMap<Class, u64> =
        report.classes.iter().map(|(class, tally)| (*class, tally.objects)).collect();
    let expected = [
        (Class::Manifests, 1),
        (Class::Segments, 2),
        (Class::Slots, 4),
        (Class::Seals, 1),
        // Owner, births, and of the metadata pointer, snapshot and two entries.
        (Class::Records, 7),
        (Class::SlotsGivenUp, 1),
        (Class::SlotsBehindEnd, 1),
        (Class::SegmentsOfTheLiving, 1),
    ];
    assert_eq!(objects, BTreeMap::from(expected));
    let bytes: u64 = report.classes.values().map(|tally| tally.bytes).sum();
    let all = store.list_after(String::new(), None, usize::MAX).await.unwrap();
    assert_eq!(bytes, all.iter().map(|o| o.size).sum::<u64>());
    let after = store.counts();
    assert_eq!((store.keys(), after.all(storage_testkit::Op::Put)), (before, written));
    assert_eq!(after.all(storage_testkit::Op::Delete).requests, 0, "an audit never writes");
}

#[tokio::test]
async fn segments_that_are_gone_cut_off_or_changed_are_named() {
    let store = cell().await;
    let (one, two) = (segment_key(1, 1), segment_key(1, 2));
    flip(&store, &one, 150 << 10).await;
    let whole = store.object(&two).unwrap();
    replace(&store, &two, whole.slice(..whole.len() - 1)).await;
    let report = report(&store).await;
    let faults: BTreeMap<&str, &Fault> =
        report.findings.iter().map(|f| (f.key.as_str(), &f.fault)).collect();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert_eq!(faults[&*one], &Fault::Checksum { from: 64, to: 64 + (200 << 10) });
    assert!(matches!(faults[&*two], Fault::Damaged(why) if why.contains("cut off")), "{faults:?}");
    assert!(store.vanish(&one));
    let text = format!("{one}: missing, and the manifest of placement group 0 needs it");
    assert!(said(&store).await.contains(&text));
}

#[tokio::test]
async fn a_segment_without_what_its_manifest_says_is_named() {
    let store = cell().await;
    replace(&store, &manifest_key(), manifest(&[(1, 0), (1, 50)]).encode_to_vec()).await;
    let finding = report(&store).await.findings.remove(0);
    assert_eq!(finding.key, segment_key(1, 1));
    let fault = Fault::NotInside { partition: partition(0), first: 50, last: 99 };
    assert_eq!(finding.fault, fault);
}

#[tokio::test]
async fn a_manifest_with_a_hole_or_of_another_group_is_named() {
    let store = cell().await;
    replace(&store, &manifest_key(), manifest(&[(2, 50)]).encode_to_vec()).await;
    let hole = "offsets 0 to 49 of partition 0 of topic 00000000-0000-0000-0000-000000001234 of lkc-7q2m9k are nowhere";
    assert_eq!(said(&store).await, [format!("{}: {hole}", manifest_key())]);
    let other = Manifest { pg: 1, ..manifest(&[(1, 0), (2, 50)]) };
    replace(&store, &manifest_key(), other.encode_to_vec()).await;
    assert!(said(&store).await[0].ends_with("it is that of placement group 1"));
    replace(&store, &manifest_key(), "no manifest").await;
    let found = said(&store).await;
    assert!(found.iter().any(|f| f.starts_with(&format!("{}: damaged", manifest_key()))));
    assert!(found.iter().any(|f| f.contains("offsets 0 to 99")), "{found:?}");
}

#[tokio::test]
async fn slots_that_are_gone_or_changed_are_named_with_what_they_had() {
    for (epoch, slot, records) in [(1, 2, "offsets 110 to 119"), (2, 0, "offsets 120 to 129")] {
        let store = cell().await;
        assert!(store.vanish(&wal_key(epoch, slot)));
        let found = said(&store).await;
        let missing = format!(
            "{}: missing, and the log of incarnation {epoch} needs it",
            wal_key(epoch, slot)
        );
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.contains(&missing), "{found:?}");
        assert!(found.iter().any(|f| f.contains(records)), "{found:?}");
    }
    let store = cell().await;
    flip(&store, &wal_key(1, 1), 130).await;
    flip(&store, &wal_key(2, 1), 20).await;
    let findings = report(&store).await.findings;
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(matches!(&findings[0].fault, Fault::Checksum { .. } | Fault::Damaged(_)));
}

#[tokio::test]
async fn the_newest_slots_of_a_log_that_goes_on_may_still_be_missing() {
    let store = cell().await;
    // Slot 2 is on its way; 3 arrived before it and was sent before 2 was durable.
    let mut builder = SlotBuilder::default();
    builder.begin_chunk(Chunk { pg_epoch: 2, ..chunk(0, ChunkKind::Data) });
    builder.push_batch(Bytes::from_static(b"later"), 150, 159, 0);
    let wal = WalIdentity { cell: CELL, store: 0, epoch: BrokerEpoch(2), lane: 0, nonce: [1; 16] };
    let slot = builder.finish(wal, 3, SlotFlags::DATA, 2, 0);
    put(&store, wal_key(2, 3), slot.payload()).await;
    assert_eq!(said(&store).await, Vec::<String>::new());
}

#[tokio::test]
async fn seals_and_births_that_are_gone_are_named() {
    let store = cell().await;
    let birth = ObjectKey::Epoch(BrokerEpoch(1)).to_string();
    assert!(store.vanish(&wal_key(1, 3)) && store.vanish(&birth));
    let found = said(&store).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with(&format!("{birth}: missing")), "{found:?}");
    assert!(found[1].starts_with(&wal_key(1, 3)) && found[1].contains("no seal"), "{found:?}");
}

#[tokio::test]
async fn metadata_that_is_gone_or_damaged_ends_the_audit() {
    let store = well();
    assert!(matches!(audit(&store, Sample::ALL).await, Err(AuditError::NoCell(_))));
    let store = cell().await;
    assert!(store.vanish("meta/0000000000000001/0000000000000000"));
    let error = audit(&store, Sample::ALL).await.unwrap_err();
    assert!(matches!(&error, AuditError::Meta(_)), "{error}");
}

#[tokio::test]
async fn a_sample_reads_a_part_and_another_run_another_one() {
    let store = cell().await;
    flip(&store, &segment_key(1, 1), 150 << 10).await;
    let mut found = 0;
    for from in 0..3 {
        let sample = Sample { every: 100, from };
        let report = audit(&store, sample).await.unwrap();
        assert_eq!(report.checksums, 2 + u64::from(from == 0), "one block of each segment");
        found += report.findings.len();
    }
    assert_eq!(found, 1);
}

/// A store in which a cell merges two segments when one of them is read first.
#[derive(Debug)]
struct Merging(SimStore);

impl Merging {
    fn merge(&self) {
        if !self.0.vanish(&segment_key(1, 1)) {
            return;
        }
        let merged = async {
            put_segment(&self.0, 1, 4, 0).await;
            replace(&self.0, &manifest_key(), manifest(&[(4, 0), (2, 50)]).encode_to_vec()).await;
        };
        merged.now_or_never().unwrap();
    }
}

impl ObjectStore for Merging {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        self.0.put(key, body, mode)
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.0.get(key)
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        if key == segment_key(1, 1) {
            self.merge();
        }
        self.0.get_range(key, range)
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        self.0.list_after(prefix, after, max)
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.delete(key)
    }
}

#[tokio::test]
async fn a_manifest_that_changes_under_an_audit_is_read_again() {
    let store = Merging(cell().await);
    assert_eq!(said(&store).await, Vec::<String>::new());
    assert!(!store.0.keys().contains(&segment_key(1, 1)), "it did change");
}
