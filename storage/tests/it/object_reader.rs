//! Ranges of objects through the block cache.

use std::sync::Arc;

use bytes::Bytes;
use common_types::TenantId;
use storage::ids::{BrokerEpoch, PartitionId, PgId};
use storage::object_reader::ObjectReader;
use storage::object_ref::ObjectRef;
use storage::segment::{SegmentBuilder, segment_id};
use storage::store::{ObjectStore as _, PutMode};
use storage::wal::LogRead;
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
