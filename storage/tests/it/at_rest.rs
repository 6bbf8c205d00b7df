//! Sealed records: their bytes, and the keys of tenants in a store.

use std::sync::Arc;

use bytes::Bytes;
use common_seams::{Rng, SeededRng};
use common_types::TenantId;
use storage::at_rest::{
    ChunkName, DataKey, Encryption, KeyError, KeyStoreError, Keyring, TenantKeys, Wrapped, has_keys,
};
use storage::crc::crc32c;
use storage::file_index::{ChunkAt, FileIndex};
use storage::ids::{BrokerEpoch, PgId};
use storage::keys::ObjectKey;
use storage::segment::{SegmentBuilder, segment_id};
use storage::slot::{ChunkKind, HEADER_SIZE, SlotBuilder, SlotFlags};
use storage::store::{ObjectStore as _, PutMode};
use storage_testkit::{ClearKeys, SimStore};
use uuid::Uuid;

use crate::golden;
use crate::sample::{CELL, bytes_of, chunk, partition, wal, well};

fn rng(seed: u64) -> Arc<dyn Rng> {
    Arc::new(SeededRng::new(seed))
}

fn data_key() -> DataKey {
    DataKey::new(0x0102_0304, &[0x77; 32], rng(1))
}

fn tenant() -> TenantId {
    partition(0).tenant
}

async fn keyring(store: &SimStore, seed: u64, encryption: Encryption) -> Result<Keyring, KeyError> {
    Keyring::open(Arc::new(store.caller()), rng(seed), encryption).await
}

fn sealing() -> Encryption {
    ClearKeys("test").encryption(true)
}

fn names(store: &SimStore) -> Vec<String> {
    store.objects("keys/").into_iter().map(|(key, _)| key).collect()
}

#[test]
fn a_slot_with_sealed_chunks_is_frozen() {
    let mut b = SlotBuilder::default();
    b.begin_chunk(chunk(0, ChunkKind::Data));
    b.push_batch(Bytes::from_static(b"first batch"), 100, 102, 1_700_000_000_000);
    b.push_batch(Bytes::from_static(b"second"), 103, 103, 1_700_000_000_001);
    b.seal_chunk(&data_key());
    b.begin_chunk(chunk(1, ChunkKind::Data));
    b.push_batch(Bytes::from_static(b"in clear"), 7, 7, 1_700_000_000_002);
    b.begin_chunk(chunk(2, ChunkKind::DeleteRecords));
    let slot = b.finish(wal(), 42, SlotFlags::DATA, 42, 1_700_000_000_003);
    let bytes = bytes_of(&slot);
    golden::check("slot_sealed", &bytes);
    let chunks = &slot.footer.chunks;
    assert_eq!(chunks.iter().map(|c| c.encryption_key).collect::<Vec<_>>(), [0x0102_0304, 0, 0]);
    assert_eq!(chunks[1].position, chunks[0].length, "chunks lie one behind the other");
    assert_eq!(slot.header.body_len, chunks[0].length + chunks[1].length);
    let body = &bytes[HEADER_SIZE..];
    let at = |n: usize| {
        let from = usize::try_from(chunks[n].position).unwrap();
        &body[from..from + usize::try_from(chunks[n].length).unwrap()]
    };
    let name = ChunkName::of(partition(0), &ChunkAt::from(&chunks[0]));
    assert_eq!(data_key().open(&name, at(0)).unwrap(), "first batchsecond");
    assert_eq!(at(1), b"in clear");
}

#[test]
fn blocks_of_a_segment_are_sealed_one_by_one() {
    let id = segment_id(Uuid::from_u128(7 << 76), BrokerEpoch(9));
    let mut b = SegmentBuilder::new(CELL, id);
    let batch = Bytes::from(vec![1; 100 << 10]);
    b.seal_with(Some(Arc::new(data_key())));
    for i in 0..4 {
        b.push(partition(0), PgId(1), (i, i), i, batch.clone());
    }
    b.seal_with(None);
    b.push(partition(1), PgId(1), (50, 59), 3, Bytes::from_static(b"in clear"));
    let segment = b.finish();
    let bytes = segment.payload.concat();
    assert_eq!(
        segment.blocks.iter().map(|b| b.encryption_key > 0).collect::<Vec<_>>(),
        [true, true, false]
    );
    let index = FileIndex::from_blocks(&segment.blocks);
    for block in &segment.blocks {
        let from = usize::try_from(block.position).unwrap();
        let stored = &bytes[from..from + usize::try_from(block.length).unwrap()];
        assert_eq!(crc32c(stored), block.crc, "an audit needs no key");
    }
    for at in index.chunks(&partition(0)) {
        let from = usize::try_from(at.position).unwrap();
        let stored = &bytes[from..from + usize::try_from(at.length).unwrap()];
        let opened = data_key().open(&ChunkName::of(partition(0), at), stored).unwrap();
        assert_eq!(opened, [batch.clone(), batch.clone()].concat());
    }
    assert!(!bytes.windows(64).any(|w| w == [1; 64]));
}

#[test]
fn keys_of_a_tenant_are_frozen() {
    let wrapped = Wrapped { under: "local-0a0b0c0d".to_owned(), bytes: vec![0xab; 60] };
    let keys = TenantKeys::new(tenant(), 0x0102_0304, &wrapped);
    golden::check("tenant_keys", &serde_json::to_vec(&keys).unwrap());
    assert_eq!(ObjectKey::TenantKeys(tenant()).to_string(), "keys/lkc-7q2m9k");
}

#[tokio::test]
async fn processes_agree_on_the_key_of_a_tenant() {
    let store = well();
    let one = keyring(&store, 1, sealing()).await.unwrap();
    let other = keyring(&store, 2, sealing()).await.unwrap();
    assert!(one.sealing(tenant()).is_err() && !one.is_ready(tenant()));
    let (a, b) = tokio::join!(one.ready(tenant()), other.ready(tenant()));
    a.and(b).unwrap();
    let key = |ring: &Keyring| ring.sealing(tenant()).unwrap().unwrap();
    assert_eq!(key(&one).id(), key(&other).id());
    let name = ChunkName { partition: partition(0), first: 1, last: 2 };
    let sealed = key(&one).seal(&name, &[Bytes::from_static(b"records")]);
    assert_eq!(key(&other).open(&name, &sealed).unwrap(), "records");
    assert_eq!(names(&store), ["keys/lkc-7q2m9k", "keys/weir-system"]);

    // A third one, which seals nothing itself, finds the key when it needs it.
    let reads = keyring(&store, 3, ClearKeys("test").encryption(false)).await.unwrap();
    assert!(reads.is_ready(tenant()) && reads.sealing(tenant()).unwrap().is_none());
    let found = reads.find(tenant(), key(&one).id()).await.unwrap();
    assert_eq!(found.open(&name, &sealed).unwrap(), "records");
}

#[tokio::test]
async fn what_was_sealed_under_a_destroyed_key_is_gone_and_other_tenants_are_not() {
    let store = well();
    let (ring, other) = (
        keyring(&store, 1, sealing()).await.unwrap(),
        keyring(&store, 2, sealing()).await.unwrap(),
    );
    let neighbour: TenantId = "lkc-b".parse().unwrap();
    for tenant in [tenant(), neighbour] {
        ring.ready(tenant).await.unwrap();
    }
    let id = |tenant| ring.sealing(tenant).unwrap().unwrap().id();
    let (gone, stays) = (id(tenant()), id(neighbour));
    ring.destroy(tenant()).await.unwrap();
    ring.destroy(tenant()).await.unwrap();
    for ring in [&ring, &other] {
        let lost = ring.find(tenant(), gone).await.unwrap_err();
        assert_eq!(lost, KeyError::Destroyed { tenant: tenant(), id: gone });
        assert_eq!(ring.find(neighbour, stays).await.unwrap().id(), stays);
    }
    assert_eq!(ring.tenants().await.unwrap(), [neighbour, TenantId::SYSTEM]);
    let never = ring.find(neighbour, stays + 1).await.unwrap_err();
    assert!(matches!(never, KeyError::Destroyed { .. }));
}

#[tokio::test]
async fn keys_that_cannot_be_unwrapped_are_told_at_the_start() {
    let store = well();
    assert!(!has_keys(&store).await.unwrap());
    drop(keyring(&store, 1, sealing()).await.unwrap());
    assert!(has_keys(&store).await.unwrap());
    for seal in [true, false] {
        let error = keyring(&store, 2, ClearKeys("other").encryption(seal)).await.unwrap_err();
        assert!(matches!(error, KeyError::KeyStore(KeyStoreError::NoKey { .. })), "{error}");
    }
    let none = Encryption { key_store: None, seal: true };
    assert_eq!(keyring(&store, 2, none).await.unwrap_err(), KeyError::NoKeyStore);
}

#[tokio::test]
async fn a_key_object_of_another_tenant_or_a_damaged_one_is_refused() {
    let store = well();
    let ring = keyring(&store, 1, sealing()).await.unwrap();
    ring.ready(tenant()).await.unwrap();
    let (stolen, _) = store.get("keys/lkc-7q2m9k".to_owned()).await.unwrap();
    let thief: TenantId = "lkc-c".parse().unwrap();
    // As it is, and with the name of the other tenant written over.
    let renamed = String::from_utf8(stolen.to_vec()).unwrap().replace("lkc-7q2m9k", "lkc-c");
    for body in [stolen, Bytes::from(renamed), Bytes::from_static(b"{")] {
        let key = "keys/lkc-c".to_owned();
        store.put(key.clone(), body.into(), PutMode::IfAbsent).await.unwrap();
        let error = ring.ready(thief).await.unwrap_err();
        let refused = matches!(
            error,
            KeyError::Damaged { .. } | KeyError::KeyStore(KeyStoreError::Refused { .. })
        );
        assert!(refused, "{error}");
        store.delete(key).await.unwrap();
    }
}
