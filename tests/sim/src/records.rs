use anyhow::{Result, ensure};
use bytes::{Bytes, BytesMut};
use kafka_protocol::indexmap::IndexMap;
use kafka_protocol::records::{
    Compression, Record, RecordBatchDecoder, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

/// A batch of one producer.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// Id and epoch.
    pub(crate) producer: (i64, i16),
    pub(crate) first_sequence: i32,
    pub(crate) timestamp: i64,
    pub(crate) values: Vec<Bytes>,
}

/// A value that says whose it is, and is as long as it says.
pub(crate) fn value(partition: usize, producer: usize, sequence: i32, length: usize) -> Bytes {
    let mut value = format!("{partition}/{producer}/{sequence}/{length}/").into_bytes();
    if value.len() < length {
        value.append(&mut vec![sequence.to_le_bytes()[0]; length - value.len()]);
    }
    Bytes::from(value)
}

impl Batch {
    /// As a client sends it.
    pub(crate) fn encode(&self) -> Result<Bytes> {
        let records: Vec<Record> = (0..)
            .zip(&self.values)
            .map(|(n, value)| Record {
                transactional: false,
                control: false,
                delete_horizon: false,
                partition_leader_epoch: -1,
                producer_id: self.producer.0,
                producer_epoch: self.producer.1,
                timestamp_type: TimestampType::Creation,
                offset: i64::from(n),
                sequence: self.first_sequence.wrapping_add(n),
                timestamp: self.timestamp,
                key: None,
                value: Some(value.clone()),
                headers: IndexMap::new(),
            })
            .collect();
        let mut bytes = BytesMut::new();
        let options = RecordEncodeOptions { version: 2, compression: Compression::None };
        RecordBatchEncoder::encode(&mut bytes, &records, &options)?;
        Ok(bytes.freeze())
    }
}

/// Offset and value of every record in bytes that a fetch returned; a batch that was cut is left out.
pub(crate) fn decode(mut bytes: Bytes) -> Result<Vec<(i64, Bytes)>> {
    let mut found = Vec::new();
    while bytes.len() >= 12 {
        let length = i32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        let total = usize::try_from(length)? + 12;
        if total > bytes.len() {
            break;
        }
        let mut batch = bytes.split_to(total);
        let records = RecordBatchDecoder::decode(&mut batch)?.records;
        ensure!(!records.is_empty(), "a batch without records");
        found.extend(records.into_iter().map(|r| (r.offset, r.value.unwrap_or_default())));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_read_back() {
        let values = vec![value(1, 0, 7, 20), value(1, 0, 8, 5000)];
        let batch = Batch { producer: (9, 0), first_sequence: 7, timestamp: 5, values };
        let found = decode(batch.encode().unwrap()).unwrap();
        let expected: Vec<(i64, Bytes)> = (0..).zip(batch.values).collect();
        assert_eq!(found, expected);
    }
}
