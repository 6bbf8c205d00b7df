//! Records that are written while brokers come and go.

use bytes::{Bytes, BytesMut};
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};
use protocol::batch::BatchHeader;

use super::*;

pub(super) const PARTITIONS: i32 = 3;

pub(super) fn tenant() -> TenantId {
    "lkc-abc123".parse().unwrap()
}

/// What was acknowledged: partition, offset, value.
pub(super) type Acked = (i32, i64, Bytes);

/// Somebody who writes all the time to whoever leads.
#[derive(Default)]
pub(super) struct Load {
    pub(super) cells: Mutex<BTreeMap<i32, Arc<Cell>>>,
    pub(super) acked: Mutex<Vec<Acked>>,
    pub(super) stop: CancellationToken,
}

impl Load {
    pub(super) async fn run(self: Arc<Self>) {
        let mut n = 0;
        while !self.stop.is_cancelled() {
            let (index, value) = (n % PARTITIONS, Bytes::from(n.to_string()));
            let cells: Vec<_> = self.cells.lock().values().cloned().collect();
            for cell in cells {
                if let Some(offset) = append(&cell, index, &value).await {
                    self.acked.lock().push((index, offset, value));
                    break;
                }
            }
            n += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Where a record lies, once it is durable; none where it cannot be written, or perhaps was not.
pub(super) async fn append(cell: &Cell, index: i32, value: &Bytes) -> Option<i64> {
    let topic = cell.topic(tenant(), "orders")?;
    let partition = topic.partition(index)?;
    let (batch, header) = batch(value);
    let appended = partition.append(&cell.wal, batch, &header, None, cell.clock.mono()).ok()?;
    let durable = cell.wal.durable(appended.ticket);
    let durable = tokio::time::timeout(Duration::from_secs(30), durable).await;
    (durable == Ok(true)).then_some(appended.base_offset)
}

fn batch(value: &Bytes) -> (BytesMut, BatchHeader) {
    let record = Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset: 0,
        sequence: -1,
        timestamp: 1_700_000_000_000,
        key: None,
        value: Some(value.clone()),
        headers: Default::default(),
    };
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    let mut batch = BytesMut::new();
    RecordBatchEncoder::encode(&mut batch, &[record], &options).unwrap();
    let header = BatchHeader::parse(&batch).unwrap();
    (batch, header)
}

pub(super) async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(300), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
