//! Records of a coordinator slot as record batches of its partition, and back.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use common_types::TenantId;
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{
    Compression, Record as WireRecord, RecordBatchDecoder, RecordBatchEncoder, RecordEncodeOptions,
    TimestampType,
};
use protocol::batch::BatchHeader;

use crate::cell::Cell;
use crate::group::Record;
use crate::partition::{AppendError, Partition};

/// A batch that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogError {
    #[error("records of a group cannot be encoded: {0}")]
    Encode(String),
    #[error("stored records of a group cannot be read: {0}")]
    Decode(String),
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Read(#[from] crate::partition::ReadError),
}

/// What an append left in the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) ticket: u64,
    pub(super) bytes: u64,
}

/// Appends records as one batch.
pub(super) fn append(
    cell: &Cell,
    partition: &Arc<Partition>,
    records: &[Record],
) -> Result<Written, LogError> {
    let (batch, header) = encode(records, cell.clock.wall_ms())?;
    let bytes = batch.len() as u64;
    let appended = partition.append(&cell.wal, batch, &header, None, cell.clock.mono())?;
    Ok(Written { ticket: appended.ticket, bytes })
}

fn encode(records: &[Record], now: i64) -> Result<(BytesMut, BatchHeader), LogError> {
    let wire: Vec<WireRecord> =
        records.iter().zip(0_i64..).map(|(r, i)| to_wire(r, i, now)).collect();
    let mut batch = BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    RecordBatchEncoder::encode(&mut batch, &wire, &options)
        .map_err(|e| LogError::Encode(e.to_string()))?;
    let header = BatchHeader::parse(&batch).map_err(|e| LogError::Encode(e.to_string()))?;
    Ok((batch, header))
}

/// All records of a slot, oldest first.
pub(super) async fn read(cell: &Cell, partition: &Partition) -> Result<Vec<Record>, LogError> {
    let mut all = Vec::new();
    let mut failed = None;
    let (log_start, _) = partition.bounds();
    cell.read_all(partition, |bytes| {
        let mut bytes = bytes.clone();
        match RecordBatchDecoder::decode_all(&mut bytes) {
            Ok(sets) => {
                let records = sets.into_iter().flat_map(|s| s.records);
                for r in records.filter(|r| r.offset >= log_start) {
                    match from_wire(r) {
                        Ok(r) => all.push(r),
                        Err(e) => failed = Some(e),
                    }
                }
            }
            Err(e) => failed = Some(LogError::Decode(e.to_string())),
        }
    })
    .await?;
    failed.map_or(Ok(all), Err)
}

fn to_wire(r: &Record, offset: i64, now: i64) -> WireRecord {
    let mut wire = WireRecord {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset,
        // The encoder keeps records in one batch only while sequences follow each other; the first
        // one, -1, is what the batch says: no producer.
        sequence: i32::try_from(offset).unwrap_or(i32::MAX) - 1,
        timestamp: now,
        key: Some(r.key.clone()),
        value: r.value.clone(),
        headers: Default::default(),
    };
    let tenant = Bytes::copy_from_slice(r.tenant.as_bytes());
    wire.headers.insert(StrBytes::from_static_str(Record::TENANT_HEADER), Some(tenant));
    wire
}

fn from_wire(r: WireRecord) -> Result<Record, LogError> {
    let tenant = r
        .headers
        .get(&StrBytes::from_static_str(Record::TENANT_HEADER))
        .and_then(|v| v.as_ref())
        .and_then(|v| v[..].try_into().ok())
        .and_then(|b| TenantId::from_bytes(b).ok())
        .ok_or_else(|| LogError::Decode("a record names no tenant".into()))?;
    let key = r.key.ok_or_else(|| LogError::Decode("a record has no key".into()))?;
    Ok(Record { tenant, key, value: r.value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_written_together_are_one_batch() {
        let record = |key: &'static str| Record {
            tenant: TenantId::SYSTEM,
            key: Bytes::from_static(key.as_bytes()),
            value: Some(Bytes::from_static(b"value")),
        };
        let records = [record("a"), record("b"), record("c")];
        let (batch, header) = encode(&records, 1_700_000_000_000).unwrap();
        assert_eq!(header.total_len, batch.len(), "one batch");
        assert_eq!((header.record_count, header.last_offset_delta), (3, 2));
        assert_eq!((header.producer_id, header.base_sequence), (-1, -1));
        let sets = RecordBatchDecoder::decode_all(&mut batch.freeze()).unwrap();
        let back: Vec<Record> =
            sets.into_iter().flat_map(|s| s.records).map(|r| from_wire(r).unwrap()).collect();
        assert_eq!(back, records);
    }
}
