use bytes::Bytes;
use uuid::Uuid;

use super::reader::{Reader, RecordError};
use super::writer::Writer;
use crate::group::Text;

const VERSION: i16 = 4;
const TOPIC_ID_TAG: usize = 0;
const TAGS_MAX: usize = 64;

/// A committed offset (`OffsetCommitValue` 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::group) struct OffsetValue {
    pub(in crate::group) topic_id: Uuid,
    pub(in crate::group) offset: i64,
    pub(in crate::group) leader_epoch: i32,
    pub(in crate::group) metadata: Text,
    pub(in crate::group) commit_ms: i64,
}

impl OffsetValue {
    pub(in crate::group) fn encode(&self) -> Bytes {
        Writer::new(VERSION)
            .i64(self.offset)
            .i32(self.leader_epoch)
            .compact_text(&self.metadata)
            .i64(self.commit_ms)
            .uvarint(1)
            .uvarint(TOPIC_ID_TAG)
            .uvarint(16)
            .uuid(self.topic_id)
            .finish()
    }

    pub(in crate::group) fn decode(bytes: &Bytes) -> Result<Self, RecordError> {
        let mut r = Reader::new(bytes);
        let version = r.i16()?;
        if version != VERSION {
            return Err(RecordError::ValueVersion { what: "offset", version });
        }
        let offset = r.i64()?;
        let leader_epoch = r.i32()?;
        let metadata = r.compact_text()?;
        let commit_ms = r.i64()?;
        let topic_id = topic_id(&mut r)?.ok_or(RecordError::TopicId)?;
        Ok(Self { topic_id, offset, leader_epoch, metadata, commit_ms })
    }
}

/// The tagged topic id; other tags are skipped, as Kafka's rule for tagged fields wants it.
fn topic_id(r: &mut Reader) -> Result<Option<Uuid>, RecordError> {
    let count = r.uvarint()?;
    if count > TAGS_MAX {
        return Err(RecordError::Length);
    }
    let mut found = None;
    for _ in 0..count {
        let tag = r.uvarint()?;
        let size = r.uvarint()?;
        let bytes = r.take(size)?;
        if tag == TOPIC_ID_TAG {
            found = Some(Reader::new(&bytes).uuid()?);
        }
    }
    Ok(found)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn value_is_that_of_kafka() {
        let value = OffsetValue {
            topic_id: Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10),
            offset: 42,
            leader_epoch: 7,
            metadata: "méta".into(),
            commit_ms: 1_700_000_000_123,
        };
        let golden = "0004000000000000002a00000007066dc3a974610000018bcfe5687b\
                      0100100102030405060708090a0b0c0d0e0f10";
        assert_eq!(hex(&value.encode()), golden);
        assert_eq!(OffsetValue::decode(&value.encode()), Ok(value));
    }

    #[test]
    fn value_without_topic_id_is_refused() {
        let bytes = Bytes::from_static(&[
            0, 4, 0, 0, 0, 0, 0, 0, 0, 42, 255, 255, 255, 255, 1, 0, 0, 1, 139, 207, 229, 104, 123,
            0,
        ]);
        assert_eq!(OffsetValue::decode(&bytes), Err(RecordError::TopicId));
        assert_eq!(OffsetValue::decode(&bytes.slice(..20)), Err(RecordError::Short));
        let old = Bytes::from_static(&[0, 1]);
        let error = RecordError::ValueVersion { what: "offset", version: 1 };
        assert_eq!(OffsetValue::decode(&old), Err(error));
    }
}
