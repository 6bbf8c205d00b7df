//! Ranges of objects through the block cache.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common_types::TenantId;
use storage::ids::{BrokerEpoch, PartitionId, PgId};
use storage::object_reader::ObjectReader;
use storage::object_ref::ObjectRef;
use storage::segment::{SegmentBuilder, segment_id};
use storage::store::{ObjectStore as _, PutMode};
use storage::wal::LogRead;
use storage_testkit::{Faults, Latency, Op, SimStore};
use uuid::Uuid;

use crate::sample::{CELL, well};

const MIB: usize = 1 << 20;

#[tokio::test]
async fn ranges_cross_blocks_and_the_cache_stays_in_its_bounds() {
    let store = well();
    let body: Vec<u8> = (0..10 * MIB).map(|i| (i / 1000 % 251).to_le_bytes()[0]).collect();
    let slot = ObjectRef::wal_file(0, BrokerEpoch(1), 0, 5);
    let key = slot.key().to_string();
    store.put(key, Bytes::from(body.clone()).into(), PutMode::IfAbsent).await.unwrap();
    let reader = ObjectReader::new(Arc::new(store.clone()), 5 * MIB);
    let ranges = [(0, 1), (4 * MIB - 3, 4 * MIB + 3), (4 * MIB, 8 * MIB), (1, 10 * MIB)];
    for _ in 0..2 {
        for (from, to) in ranges {
            let range = from as u64..to as u64;
            let found = reader.read(slot, vec![range.clone(), range]).await.unwrap();
            assert!(found.iter().all(|bytes| bytes == &body[from..to]), "{from}..{to}");
        }
    }
    let behind = 9 * MIB as u64..11 * MIB as u64;
    assert!(reader.read(slot, vec![behind]).await.is_err(), "the object is shorter");
    let gone = ObjectRef::wal_file(0, BrokerEpoch(1), 0, 6);
    let error = reader.read(gone, vec![0..1, 0..2]).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn the_directory_of_a_segment_is_its_footer_however_long() {
    for count in [1, 3000] {
        let store = well();
        let id = segment_id(Uuid::from_u128(7), BrokerEpoch(3));
        let of = |index| PartitionId { tenant: TenantId::SYSTEM, topic: Uuid::nil(), index };
        let mut b = SegmentBuilder::new(CELL, id);
        for index in 0..count {
            b.push(of(index), PgId(0), (5, 6), 1, Bytes::from(index.to_string()));
        }
        let object = ObjectRef::segment(0, id);
        let payload = b.finish().payload;
        store.put(object.key().to_string(), payload, PutMode::IfAbsent).await.unwrap();
        let reader = ObjectReader::new(Arc::new(store), MIB);
        let directory = reader.directory(CELL, object).await.unwrap();
        let last = directory.chunks(&of(count - 1))[0];
        assert_eq!((last.first, last.last), (5, 6));
        let range = last.position..last.position + last.length;
        let found = reader.read(object, vec![range]).await.unwrap();
        assert_eq!(found, [(count - 1).to_string()]);
    }
}

/// A segment of so many bytes, and a store that has it.
async fn large(bytes: usize) -> (SimStore, ObjectRef) {
    let store = well();
    let id = segment_id(Uuid::from_u128(7 << 64), BrokerEpoch(3));
    let object = ObjectRef::segment(0, id);
    let body = Bytes::from(vec![1; bytes]);
    store.put(object.key().to_string(), body.into(), PutMode::IfAbsent).await.unwrap();
    (store, object)
}

async fn read(reader: &ObjectReader, object: ObjectRef, range: Range<u64>) -> io::Result<Bytes> {
    let mut found = reader.read(object, std::iter::once(range).collect()).await?;
    Ok(found.remove(0))
}

fn reads(store: &SimStore) -> u64 {
    store.counts().all(Op::Range).requests
}

/// Lets everything that can go on do so.
async fn idle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn whoever_goes_from_block_to_block_finds_the_next_ones_there() {
    let (store, object) = large(40 * MIB).await;
    let reader = ObjectReader::new(Arc::new(store.clone()), 64 * MIB);
    let mib = MIB as u64;
    for n in 0..40 {
        let before = reads(&store);
        read(&reader, object, n * mib..(n + 1) * mib).await.unwrap();
        let waited = reads(&store) - before;
        // From the second block on it is known that somebody walks.
        assert_eq!(waited, u64::from(n == 0 || n == 4), "at {n} MiB");
        idle().await;
    }
    assert_eq!(reads(&store), 10, "every block once");
}

#[tokio::test]
async fn whoever_jumps_about_reads_nothing_in_vain() {
    let (store, object) = large(40 * MIB).await;
    let reader = ObjectReader::new(Arc::new(store.clone()), 64 * MIB);
    for block in [3, 9, 1, 7, 0, 5] {
        let from = block * 4 * MIB as u64;
        read(&reader, object, from..from + 10).await.unwrap();
        read(&reader, object, from + 10..from + 20).await.unwrap();
        idle().await;
    }
    assert_eq!(reads(&store), 6);
}

#[tokio::test(start_paused = true)]
async fn those_who_read_segments_do_not_hold_up_those_who_read_slots() {
    let (store, object) = large(400 * MIB).await;
    let slot = ObjectRef::wal_file(0, BrokerEpoch(1), 0, 5);
    store.put(slot.key().to_string(), "slot".into(), PutMode::IfAbsent).await.unwrap();
    let second = Duration::from_secs(1);
    let latency = Latency { median: second, p99: second };
    store.set_faults(Faults { latency, timeout: 10 * second, ..Faults::default() });
    let reader = Arc::new(ObjectReader::new(Arc::new(store), 8 * MIB));
    let lagging = (0..100).map(|n| {
        let (reader, from) = (Arc::clone(&reader), n * 4 * MIB as u64);
        tokio::spawn(async move { read(&reader, object, from..from + 1).await.unwrap() })
    });
    let lagging: Vec<_> = lagging.collect();
    idle().await;
    let start = tokio::time::Instant::now();
    read(&reader, slot, 0..4).await.unwrap();
    assert!(start.elapsed() < 2 * second, "{:?}", start.elapsed());
    assert!(!lagging.iter().all(tokio::task::JoinHandle::is_finished));
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_given_up_leaves_nothing_behind() {
    let (store, object) = large(4 * MIB).await;
    let second = Duration::from_secs(1);
    let latency = Latency { median: second, p99: second };
    store.set_faults(Faults { latency, timeout: 10 * second, ..Faults::default() });
    let reader = ObjectReader::new(Arc::new(store.clone()), 8 * MIB);
    let (one, two) = (read(&reader, object, 0..1), read(&reader, object, 0..1));
    let short = tokio::time::timeout(second / 10, one);
    let (short, two) = tokio::join!(short, two);
    assert!(short.is_err() && two.is_ok(), "the other one reads on");
    read(&reader, object, 0..1).await.unwrap();
    assert!(reads(&store) <= 2);
}
