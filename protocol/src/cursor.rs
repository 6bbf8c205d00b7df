//! A bounds-checked reader over a frame that hands out ranges, so that records can be cut out later.

use std::ops::Range;

use uuid::Uuid;

/// The frame ends early or holds a length that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed frame at byte {0}")]
pub struct Malformed(pub usize);

/// Reads primitive types of the Kafka protocol.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// A reader at the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Bytes left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(n).ok_or(Malformed(self.at))?;
        let part = self.bytes.get(self.at..end).ok_or(Malformed(self.at))?;
        self.at = end;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let at = self.at;
        self.take(N)?.try_into().map_err(|_| Malformed(at))
    }

    /// Skips bytes.
    pub fn skip(&mut self, n: usize) -> Result<(), Malformed> {
        self.take(n).map(|_| ())
    }

    /// INT8.
    pub fn i8(&mut self) -> Result<i8, Malformed> {
        self.array().map(i8::from_be_bytes)
    }

    /// INT16.
    pub fn i16(&mut self) -> Result<i16, Malformed> {
        self.array().map(i16::from_be_bytes)
    }

    /// INT32.
    pub fn i32(&mut self) -> Result<i32, Malformed> {
        self.array().map(i32::from_be_bytes)
    }

    /// INT64.
    pub fn i64(&mut self) -> Result<i64, Malformed> {
        self.array().map(i64::from_be_bytes)
    }

    /// UUID.
    pub fn uuid(&mut self) -> Result<Uuid, Malformed> {
        self.array().map(Uuid::from_bytes)
    }

    /// UNSIGNED_VARINT of at most 32 bits.
    pub fn uvarint(&mut self) -> Result<u32, Malformed> {
        let at = self.at;
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let [byte] = self.array::<1>()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| Malformed(at));
            }
        }
        Err(Malformed(at))
    }

    fn length(&mut self, flexible: bool, wide: bool) -> Result<Option<usize>, Malformed> {
        let at = self.at;
        let len = if flexible {
            i64::from(self.uvarint()?) - 1
        } else if wide {
            i64::from(self.i32()?)
        } else {
            i64::from(self.i16()?)
        };
        match len {
            -1 => Ok(None),
            n => usize::try_from(n).map(Some).map_err(|_| Malformed(at)),
        }
    }

    /// NULLABLE_STRING or its compact form.
    pub fn nullable_string(&mut self, flexible: bool) -> Result<Option<&'a str>, Malformed> {
        let Some(len) = self.length(flexible, false)? else { return Ok(None) };
        let at = self.at;
        std::str::from_utf8(self.take(len)?).map(Some).map_err(|_| Malformed(at))
    }

    /// STRING or its compact form.
    pub fn string(&mut self, flexible: bool) -> Result<&'a str, Malformed> {
        let at = self.at;
        self.nullable_string(flexible)?.ok_or(Malformed(at))
    }

    /// The range of NULLABLE_BYTES or RECORDS, or their compact form.
    pub fn nullable_range(&mut self, flexible: bool) -> Result<Option<Range<usize>>, Malformed> {
        let Some(len) = self.length(flexible, true)? else { return Ok(None) };
        let start = self.at;
        self.take(len)?;
        Ok(Some(start..self.at))
    }

    /// The count of an ARRAY or COMPACT_ARRAY whose elements take at least `element_min` bytes.
    /// A null array counts as empty.
    pub fn count(&mut self, flexible: bool, element_min: usize) -> Result<usize, Malformed> {
        let at = self.at;
        let n = self.length(flexible, true)?.unwrap_or(0);
        if n.saturating_mul(element_min.max(1)) > self.remaining() {
            return Err(Malformed(at));
        }
        Ok(n)
    }

    /// Skips tagged fields of a flexible version.
    pub fn tags(&mut self, flexible: bool) -> Result<(), Malformed> {
        if flexible {
            let n = self.uvarint()?;
            for _ in 0..n {
                self.uvarint()?;
                let len = self.uvarint()?;
                self.take(len as usize)?;
            }
        }
        Ok(())
    }
}
