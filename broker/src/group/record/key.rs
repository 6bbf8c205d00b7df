use bytes::Bytes;

use super::reader::{Reader, RecordError};
use super::writer::Writer;
use crate::group::Text;

const OFFSET_KEY: i16 = 1;
const GROUP_KEY: i16 = 2;

/// What a record is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::group) enum RecordKey {
    /// The committed offset of a group for one partition (`OffsetCommitKey`).
    Offset { group: Text, topic: Text, partition: i32 },
    /// The generation of a group with its members (`GroupMetadataKey`).
    Group { group: Text },
}

impl RecordKey {
    pub(in crate::group) fn encode(&self) -> Bytes {
        match self {
            Self::Offset { group, topic, partition } => {
                Writer::new(OFFSET_KEY).text(group).text(topic).i32(*partition).finish()
            }
            Self::Group { group } => Writer::new(GROUP_KEY).text(group).finish(),
        }
    }

    pub(in crate::group) fn decode(bytes: &Bytes) -> Result<Self, RecordError> {
        let mut r = Reader::new(bytes);
        match r.i16()? {
            OFFSET_KEY => {
                Ok(Self::Offset { group: r.text()?, topic: r.text()?, partition: r.i32()? })
            }
            GROUP_KEY => Ok(Self::Group { group: r.text()? }),
            version => Err(RecordError::KeyVersion(version)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::offset_value::tests::hex;
    use super::*;

    #[test]
    fn keys_are_those_of_kafka() {
        let offset =
            RecordKey::Offset { group: "orders-app".into(), topic: "orders".into(), partition: 3 };
        let group = RecordKey::Group { group: "orders-app".into() };
        for (key, golden) in [
            (offset, "0001000a6f72646572732d61707000066f726465727300000003"),
            (group, "0002000a6f72646572732d617070"),
        ] {
            assert_eq!(hex(&key.encode()), golden);
            assert_eq!(RecordKey::decode(&key.encode()), Ok(key));
        }
    }

    #[test]
    fn unknown_and_cut_keys_are_refused() {
        let decode = |b: &'static [u8]| RecordKey::decode(&Bytes::from_static(b));
        assert_eq!(decode(&[0, 9]), Err(RecordError::KeyVersion(9)));
        assert_eq!(decode(&[0, 2, 0, 5, b'a']), Err(RecordError::Short));
        assert_eq!(decode(&[0, 2, 255, 0]), Err(RecordError::Length));
        assert_eq!(decode(&[0, 2, 0, 1, 0xff]), Err(RecordError::Text));
    }
}
