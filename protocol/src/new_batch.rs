//! Makes a record batch (magic 2), as a client does: not compressed, of no producer.

use bytes::{BufMut as _, BytesMut};

use crate::batch::{BATCH_HEADER_SIZE, renew_checksum};

/// Bytes before the part of a batch that its length counts.
const PREFIX: usize = 12;

/// A record to be put into a batch. Header names may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRecord<'a> {
    /// Milliseconds since the Unix epoch.
    pub timestamp_ms: i64,
    /// `None` is null.
    pub key: Option<&'a [u8]>,
    /// `None` is null: in a compacted topic it deletes the key.
    pub value: Option<&'a [u8]>,
    /// Name and value, in order.
    pub headers: &'a [(String, Option<Vec<u8>>)],
}

/// One batch of records that take the offsets from 0 on. A batch of none is refused by every broker.
#[must_use]
pub fn batch_of(records: &[NewRecord<'_>]) -> BytesMut {
    let base = records.first().map_or(-1, |record| record.timestamp_ms);
    let latest = records.iter().map(|record| record.timestamp_ms).max().unwrap_or(-1);
    let mut out = BytesMut::with_capacity(BATCH_HEADER_SIZE + records.len() * 64);
    out.put_i64(0);
    // The length, when it is known.
    out.put_i32(0);
    out.put_i32(-1);
    out.put_i8(2);
    // The checksum, at the end.
    out.put_u32(0);
    out.put_i16(0);
    out.put_i32(number(records.len()) - 1);
    out.put_i64(base);
    out.put_i64(latest);
    out.put_i64(-1);
    out.put_i16(-1);
    out.put_i32(-1);
    out.put_i32(number(records.len()));
    let mut one = BytesMut::new();
    for (record, offset) in records.iter().zip(0_i64..) {
        one.clear();
        put_record(&mut one, record, record.timestamp_ms.wrapping_sub(base), offset);
        put_varint(&mut out, i64::from(number(one.len())));
        out.put_slice(&one);
    }
    let length = number(out.len() - PREFIX);
    out[PREFIX - 4..PREFIX].copy_from_slice(&length.to_be_bytes());
    renew_checksum(&mut out);
    out
}

fn put_record(out: &mut BytesMut, record: &NewRecord<'_>, timestamp_delta: i64, offset: i64) {
    out.put_i8(0);
    put_varint(out, timestamp_delta);
    put_varint(out, offset);
    put_bytes(out, record.key);
    put_bytes(out, record.value);
    put_varint(out, i64::from(number(record.headers.len())));
    for (name, value) in record.headers {
        put_bytes(out, Some(name.as_bytes()));
        put_bytes(out, value.as_deref());
    }
}

fn put_bytes(out: &mut BytesMut, bytes: Option<&[u8]>) {
    let Some(bytes) = bytes else { return put_varint(out, -1) };
    put_varint(out, i64::from(number(bytes.len())));
    out.put_slice(bytes);
}

/// VARINT or VARLONG: zig-zag, seven bits a byte.
fn put_varint(out: &mut BytesMut, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest > 0x7f {
        out.put_u8((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.put_u8(rest as u8);
}

/// No part of a batch comes near the largest number: the frame that carries it is bounded.
fn number(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use kafka_protocol::records::RecordBatchDecoder;

    use super::*;
    use crate::batch::BatchHeader;

    #[test]
    fn batch_is_read_by_another_implementation() {
        let headers = [("h".to_owned(), Some(b"1".to_vec())), ("n".to_owned(), None)];
        let long = vec![7; 300];
        let records = [
            NewRecord {
                timestamp_ms: 5000,
                key: Some(b"k"),
                value: Some(&long),
                headers: &headers,
            },
            NewRecord { timestamp_ms: 4000, key: None, value: None, headers: &[] },
            NewRecord { timestamp_ms: 9_000_000, key: Some(b""), value: Some(b"v"), headers: &[] },
        ];
        let batch = batch_of(&records);
        let header = BatchHeader::validate(&batch).unwrap();
        assert_eq!((header.record_count, header.total_len), (3, batch.len()));
        assert_eq!((header.base_timestamp, header.max_timestamp), (5000, 9_000_000));
        assert_eq!((header.producer_id, header.base_sequence), (-1, -1));
        let read = RecordBatchDecoder::decode_all(&mut batch.freeze()).unwrap();
        let read: Vec<_> = read.into_iter().flat_map(|set| set.records).collect();
        assert_eq!(read.len(), 3);
        for ((read, given), offset) in read.iter().zip(&records).zip(0..) {
            assert_eq!((read.offset, read.timestamp), (offset, given.timestamp_ms));
            assert_eq!(read.key.as_deref(), given.key);
            assert_eq!(read.value.as_deref(), given.value);
        }
        let names: Vec<_> = read[0].headers.iter().map(|(n, v)| (n.as_str(), v.clone())).collect();
        assert_eq!(names, [("h", Some(bytes::Bytes::from_static(b"1"))), ("n", None)]);
    }

    #[test]
    fn header_that_comes_twice_is_kept_twice() {
        let twice = [("h".to_owned(), Some(b"1".to_vec())), ("h".to_owned(), Some(b"2".to_vec()))];
        let record = NewRecord { timestamp_ms: 0, key: None, value: None, headers: &twice };
        let batch = batch_of(&[record]);
        // Length 14: attributes, two deltas, two nulls, the count, and both headers.
        let expected = [28, 0, 0, 0, 1, 1, 4, 2, b'h', 2, b'1', 2, b'h', 2, b'2'];
        assert_eq!(&batch[BATCH_HEADER_SIZE..], expected.as_slice());
    }
}
