use bytes::{Buf, Bytes};
use uuid::Uuid;

use crate::group::Text;

/// Why a record of a coordinator slot cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The bytes end before the record does.
    #[error("the record ends early")]
    Short,
    /// A length is negative or absurd.
    #[error("a length of the record is not valid")]
    Length,
    /// A text is not UTF-8.
    #[error("a text of the record is not UTF-8")]
    Text,
    /// A key of a kind this version does not write.
    #[error("record key version {0} is unknown")]
    KeyVersion(i16),
    /// A value of a version this version does not write.
    #[error("{what} value version {version} is unknown")]
    ValueVersion {
        /// Which record.
        what: &'static str,
        /// Its version.
        version: i16,
    },
    /// An offset that does not say which topic it belongs to.
    #[error("the offset names no topic id")]
    TopicId,
}

/// Reads Kafka's primitive types.
pub(super) struct Reader(Bytes);

impl Reader {
    pub(super) fn new(bytes: &Bytes) -> Self {
        Self(bytes.clone())
    }

    pub(super) fn i16(&mut self) -> Result<i16, RecordError> {
        self.0.try_get_i16().map_err(|_| RecordError::Short)
    }

    pub(super) fn i32(&mut self) -> Result<i32, RecordError> {
        self.0.try_get_i32().map_err(|_| RecordError::Short)
    }

    pub(super) fn i64(&mut self) -> Result<i64, RecordError> {
        self.0.try_get_i64().map_err(|_| RecordError::Short)
    }

    pub(super) fn uuid(&mut self) -> Result<Uuid, RecordError> {
        self.0.try_get_u128().map(Uuid::from_u128).map_err(|_| RecordError::Short)
    }

    pub(super) fn uvarint(&mut self) -> Result<usize, RecordError> {
        let mut value = 0_u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.0.try_get_u8().map_err(|_| RecordError::Short)?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value)
                    .ok()
                    .and_then(|v| usize::try_from(v).ok())
                    .ok_or(RecordError::Length);
            }
        }
        Err(RecordError::Length)
    }

    pub(super) fn text(&mut self) -> Result<Text, RecordError> {
        self.nullable_text()?.ok_or(RecordError::Length)
    }

    pub(super) fn nullable_text(&mut self) -> Result<Option<Text>, RecordError> {
        match self.i16()? {
            -1 => Ok(None),
            n => self.text_of(usize::try_from(n).map_err(|_| RecordError::Length)?).map(Some),
        }
    }

    pub(super) fn compact_text(&mut self) -> Result<Text, RecordError> {
        let size = self.uvarint()?.checked_sub(1).ok_or(RecordError::Length)?;
        self.text_of(size)
    }

    /// A byte string, copied: what stays in memory must not hold a whole batch.
    pub(super) fn bytes(&mut self) -> Result<Bytes, RecordError> {
        let size = usize::try_from(self.i32()?).map_err(|_| RecordError::Length)?;
        Ok(Bytes::copy_from_slice(&self.take(size)?))
    }

    pub(super) fn take(&mut self, size: usize) -> Result<Bytes, RecordError> {
        if self.0.len() < size {
            return Err(RecordError::Short);
        }
        Ok(self.0.split_to(size))
    }

    fn text_of(&mut self, size: usize) -> Result<Text, RecordError> {
        let bytes = self.take(size)?;
        std::str::from_utf8(&bytes).map(Text::from).map_err(|_| RecordError::Text)
    }
}
