//! Walks the records of an uncompressed batch, as far as a search by timestamp needs.

use crate::batch::{BATCH_HEADER_SIZE, BatchHeader};

const TIMESTAMP_TYPE_APPEND: i16 = 0x08;

/// (timestamp, offset) of the first record at or after `target` in a batch whose largest timestamp is
/// not before it. For compressed or malformed batches: those of the first record.
#[must_use]
pub fn first_at_or_after(batch: &[u8], h: &BatchHeader, target: i64) -> (i64, i64) {
    if h.attributes & TIMESTAMP_TYPE_APPEND != 0 {
        return (h.max_timestamp, h.base_offset);
    }
    if h.codec() == 0 {
        let mut records = Records { rest: batch.get(BATCH_HEADER_SIZE..).unwrap_or_default() };
        while let Some((timestamp_delta, offset_delta)) = records.next_deltas() {
            let timestamp = h.base_timestamp.saturating_add(timestamp_delta);
            if timestamp >= target {
                return (timestamp, h.base_offset.saturating_add(offset_delta));
            }
        }
    }
    (h.base_timestamp, h.base_offset)
}

struct Records<'a> {
    rest: &'a [u8],
}

impl Records<'_> {
    /// Timestamp and offset of the next record, from the batch's.
    fn next_deltas(&mut self) -> Option<(i64, i64)> {
        let length = usize::try_from(varint(&mut self.rest)?).ok()?;
        let mut record = self.rest.get(..length)?;
        self.rest = &self.rest[length..];
        record = record.get(1..)?;
        Some((varint(&mut record)?, varint(&mut record)?))
    }
}

/// VARINT or VARLONG: zig-zag, seven bits a byte.
fn varint(b: &mut &[u8]) -> Option<i64> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let (first, rest) = b.split_first()?;
        *b = rest;
        value |= u64::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::varint;

    #[test]
    fn varints() {
        let read = |mut b: &[u8]| varint(&mut b);
        assert_eq!(read(&[0]), Some(0));
        assert_eq!(read(&[1]), Some(-1));
        assert_eq!(read(&[0xac, 0x02]), Some(150));
        assert_eq!(read(&[0x80]), None);
        assert_eq!(read(&[0xff; 11]), None);
    }
}
