//! One slot with everything in it.

use std::sync::Arc;

use bytes::Bytes;
use common_seams::SeededRng;
use common_types::TenantId;
use storage::ids::{BrokerEpoch, PartitionId, PgId, WalIdentity};
use storage::slot::{BatchSummary, Chunk, ChunkKind, EncodedSlot, SlotBuilder, SlotFlags};
use storage_testkit::SimStore;
use uuid::Uuid;

pub(crate) const CELL: Uuid = Uuid::from_u128(0x0011_2233_4455_4677_8899_aabb_ccdd_eeff);

/// An empty store that is well.
pub(crate) fn well() -> SimStore {
    SimStore::new(Arc::new(SeededRng::new(1)))
}

pub(crate) fn wal() -> WalIdentity {
    WalIdentity { cell: CELL, store: 0, epoch: BrokerEpoch(7), lane: 0, nonce: [0x5a; 16] }
}

pub(crate) fn partition(index: u32) -> PartitionId {
    let tenant: TenantId = "lkc-7q2m9k".parse().unwrap();
    PartitionId { tenant, topic: Uuid::from_u128(0x1234), index }
}

pub(crate) fn chunk(index: u32, kind: ChunkKind) -> Chunk {
    Chunk {
        partition: partition(index),
        pg: PgId(3),
        pg_epoch: 4,
        kind,
        first_offset: 100,
        last_offset: 100,
        position: 0,
        length: 0,
        max_timestamp: -1,
        encryption_key: 0,
    }
}

pub(crate) fn slot(number: u64) -> EncodedSlot {
    let mut b = SlotBuilder::default();
    b.begin_chunk(chunk(0, ChunkKind::Data));
    b.push_batch(Bytes::from_static(b"first batch"), 100, 102, 1_700_000_000_000);
    b.push_producer(
        (7 << 24) + 1,
        2,
        BatchSummary {
            first_sequence: 5,
            last_sequence: 7,
            base_offset: 100,
            timestamp: 1_700_000_000_000,
        },
    );
    b.push_batch(Bytes::from_static(b"second"), 103, 103, 1_700_000_000_001);
    b.begin_chunk(chunk(1, ChunkKind::Coordinator));
    b.push_batch(Bytes::from_static(b"offsets"), 9, 9, 1_700_000_000_002);
    b.begin_chunk(chunk(2, ChunkKind::DeleteRecords));
    b.finish(wal(), number, SlotFlags::DATA, number, 1_700_000_000_003)
}

pub(crate) fn bytes_of(slot: &EncodedSlot) -> Vec<u8> {
    slot.parts().flat_map(|p| p.to_vec()).collect()
}
