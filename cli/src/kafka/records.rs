use bytes::{Bytes, BytesMut};
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{
    Compression, NO_PARTITION_LEADER_EPOCH, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, Record,
    RecordBatchDecoder, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

use crate::error::CliError;

/// Bytes before the part of a batch that its length counts.
const BATCH_PREFIX: usize = 12;
/// What one record adds to its key, value and headers, at most.
const RECORD_OVERHEAD: usize = 40;

/// A record to send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NewRecord {
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Option<Bytes>,
    pub(crate) headers: Vec<(String, Bytes)>,
}

/// A record as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp_ms: i64,
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Option<Bytes>,
    pub(crate) headers: Vec<(String, Option<Bytes>)>,
}

impl NewRecord {
    /// How much of a batch this takes, at most.
    pub(super) fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(n, v)| n.len() + v.len() + 10).sum();
        let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        RECORD_OVERHEAD + length(&self.key) + length(&self.value) + headers
    }
}

/// One record batch, as the Produce request carries it.
pub(super) fn encode(records: &[NewRecord], timestamp_ms: i64) -> Result<Bytes, CliError> {
    let records: Vec<Record> = records
        .iter()
        .zip(0_i64..)
        .map(|(record, offset)| Record {
            transactional: false,
            control: false,
            delete_horizon: false,
            partition_leader_epoch: NO_PARTITION_LEADER_EPOCH,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: NO_PRODUCER_EPOCH,
            timestamp_type: TimestampType::Creation,
            offset,
            // One batch is a run of sequences; "no sequence" as its base is one below the offset.
            sequence: i32::try_from(offset).unwrap_or(i32::MAX).wrapping_sub(1),
            timestamp: timestamp_ms,
            key: record.key.clone(),
            value: record.value.clone(),
            headers: record
                .headers
                .iter()
                .map(|(name, value)| (StrBytes::from_string(name.clone()), Some(value.clone())))
                .collect(),
        })
        .collect();
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    let mut batch = BytesMut::new();
    RecordBatchEncoder::encode(&mut batch, &records, &options)
        .map_err(|e| CliError::internal("kafka.encode", format!("cannot encode a batch: {e}")))?;
    Ok(batch.freeze())
}

/// The records of a Fetch answer, from `position` on, and the offset to go on from.
pub(super) fn decode(
    partition: i32,
    position: i64,
    data: Bytes,
) -> Result<(Vec<Fetched>, i64), CliError> {
    let mut whole = data.slice(..whole_batches(&data));
    if whole.is_empty() {
        return Ok((Vec::new(), position));
    }
    let sets = RecordBatchDecoder::decode_all(&mut whole)
        .map_err(|e| CliError::internal("kafka.decode", format!("cannot decode a batch: {e}")))?;
    let mut next = position;
    let mut fetched = Vec::new();
    for record in sets.into_iter().flat_map(|set| set.records) {
        next = next.max(record.offset + 1);
        if record.control || record.offset < position {
            continue;
        }
        let headers = record.headers.into_iter().map(|(name, value)| (name.to_string(), value));
        fetched.push(Fetched {
            partition,
            offset: record.offset,
            timestamp_ms: record.timestamp,
            key: record.key,
            value: record.value,
            headers: headers.collect(),
        });
    }
    Ok((fetched, next))
}

/// A broker may cut the last batch; only whole ones are decoded.
fn whole_batches(data: &[u8]) -> usize {
    let mut end = 0;
    while let Some(prefix) = data.get(end..end + BATCH_PREFIX) {
        let length = u32::from_be_bytes([prefix[8], prefix[9], prefix[10], prefix[11]]) as usize;
        let Some(next) = end.checked_add(BATCH_PREFIX + length).filter(|n| *n <= data.len()) else {
            break;
        };
        end = next;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: Option<&'static str>, value: &'static str) -> NewRecord {
        NewRecord {
            key: key.map(|k| Bytes::from_static(k.as_bytes())),
            value: Some(Bytes::from_static(value.as_bytes())),
            headers: vec![("h".to_owned(), Bytes::from_static(b"1"))],
        }
    }

    #[test]
    fn batches_read_back_as_written() {
        let records = [record(Some("k"), "one"), record(None, "two")];
        let batch = encode(&records, 1234).unwrap();
        let (fetched, next) = decode(7, 0, batch).unwrap();
        assert_eq!(next, 2);
        assert_eq!(fetched.len(), 2);
        assert_eq!(fetched[0].key.as_deref(), Some(&b"k"[..]));
        assert_eq!(fetched[1].offset, 1);
        assert_eq!(fetched[1].headers, [("h".to_owned(), Some(Bytes::from_static(b"1")))]);
    }

    #[test]
    fn batches_carry_no_producer_id_and_no_sequence() {
        let batch = encode(&[record(None, "x"), record(None, "y")], 0).unwrap();
        assert_eq!(&batch[43..57], [0xff; 14]);
        assert_eq!(&batch[57..61], 2_i32.to_be_bytes());
    }

    #[test]
    fn a_cut_batch_is_left_for_the_next_fetch() {
        let one = encode(&[record(None, "x")], 0).unwrap();
        let mut two = one.to_vec();
        two.extend_from_slice(&one[..one.len() - 1]);
        assert_eq!(whole_batches(&two), one.len());
        let (fetched, next) = decode(0, 0, Bytes::from(two)).unwrap();
        assert_eq!((fetched.len(), next), (1, 1));
    }

    #[test]
    fn records_before_the_position_are_skipped() {
        let batch = encode(&[record(None, "x"), record(None, "y")], 0).unwrap();
        let (fetched, next) = decode(0, 1, batch).unwrap();
        assert_eq!((fetched.len(), fetched[0].offset, next), (1, 1, 2));
    }
}
