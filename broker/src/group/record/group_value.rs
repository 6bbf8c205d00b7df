use bytes::Bytes;

use super::reader::{Reader, RecordError};
use super::writer::Writer;
use crate::group::Text;

const VERSION: i16 = 3;

/// One member of a stored generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::group) struct MemberValue {
    pub(in crate::group) member_id: Text,
    pub(in crate::group) instance_id: Option<Text>,
    pub(in crate::group) client_id: Text,
    pub(in crate::group) client_host: Text,
    pub(in crate::group) rebalance_timeout_ms: i32,
    pub(in crate::group) session_timeout_ms: i32,
    pub(in crate::group) subscription: Bytes,
    pub(in crate::group) assignment: Bytes,
}

/// A stored generation (`GroupMetadataValue` 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::group) struct GroupValue {
    pub(in crate::group) protocol_type: Text,
    pub(in crate::group) generation: i32,
    pub(in crate::group) protocol: Option<Text>,
    pub(in crate::group) leader: Option<Text>,
    pub(in crate::group) state_ms: i64,
    pub(in crate::group) members: Vec<MemberValue>,
}

impl GroupValue {
    pub(in crate::group) fn encode(&self) -> Bytes {
        let head = Writer::new(VERSION)
            .text(&self.protocol_type)
            .i32(self.generation)
            .nullable_text(self.protocol.as_deref())
            .nullable_text(self.leader.as_deref())
            .i64(self.state_ms)
            .i32(i32::try_from(self.members.len()).unwrap_or(i32::MAX));
        let write = |w: Writer, m: &MemberValue| {
            w.text(&m.member_id)
                .nullable_text(m.instance_id.as_deref())
                .text(&m.client_id)
                .text(&m.client_host)
                .i32(m.rebalance_timeout_ms)
                .i32(m.session_timeout_ms)
                .bytes(&m.subscription)
                .bytes(&m.assignment)
        };
        self.members.iter().fold(head, write).finish()
    }

    pub(in crate::group) fn decode(bytes: &Bytes) -> Result<Self, RecordError> {
        let mut r = Reader::new(bytes);
        let version = r.i16()?;
        if version != VERSION {
            return Err(RecordError::ValueVersion { what: "group", version });
        }
        let protocol_type = r.text()?;
        let generation = r.i32()?;
        let protocol = r.nullable_text()?;
        let leader = r.nullable_text()?;
        let state_ms = r.i64()?;
        let count = r.i32()?;
        if count < 0 {
            return Err(RecordError::Length);
        }
        let members = (0..count).map(|_| member(&mut r)).collect::<Result<_, _>>()?;
        Ok(Self { protocol_type, generation, protocol, leader, state_ms, members })
    }
}

fn member(r: &mut Reader) -> Result<MemberValue, RecordError> {
    Ok(MemberValue {
        member_id: r.text()?,
        instance_id: r.nullable_text()?,
        client_id: r.text()?,
        client_host: r.text()?,
        rebalance_timeout_ms: r.i32()?,
        session_timeout_ms: r.i32()?,
        subscription: r.bytes()?,
        assignment: r.bytes()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::offset_value::tests::hex;
    use super::*;

    fn stable() -> GroupValue {
        let first = MemberValue {
            member_id: "c-1".into(),
            instance_id: None,
            client_id: "c".into(),
            client_host: "/127.0.0.1".into(),
            rebalance_timeout_ms: 300_000,
            session_timeout_ms: 45_000,
            subscription: Bytes::from_static(&[0, 1, 2]),
            assignment: Bytes::from_static(&[3, 4]),
        };
        let second = MemberValue {
            member_id: "i-2".into(),
            instance_id: Some("i".into()),
            client_id: "".into(),
            client_host: "".into(),
            rebalance_timeout_ms: 60_000,
            session_timeout_ms: 10_000,
            subscription: Bytes::new(),
            assignment: Bytes::new(),
        };
        GroupValue {
            protocol_type: "consumer".into(),
            generation: 5,
            protocol: Some("range".into()),
            leader: Some("c-1".into()),
            state_ms: 1_700_000_000_123,
            members: vec![first, second],
        }
    }

    #[test]
    fn values_are_those_of_kafka() {
        let empty = GroupValue {
            generation: 6,
            protocol: None,
            leader: None,
            state_ms: -1,
            members: Vec::new(),
            ..stable()
        };
        let golden_stable = "00030008636f6e73756d657200000005000572616e67650003632d310000018bcf\
            e5687b000000020003632d31ffff000163000a2f3132372e302e302e31000493e00000afc80000000300\
            01020000000203040003692d32000169000000000000ea60000027100000000000000000";
        let golden_empty = "00030008636f6e73756d657200000006ffffffffffffffffffffffff00000000";
        for (value, golden) in [(stable(), golden_stable), (empty, golden_empty)] {
            assert_eq!(hex(&value.encode()), golden);
            assert_eq!(GroupValue::decode(&value.encode()), Ok(value));
        }
    }

    #[test]
    fn cut_values_are_refused() {
        let whole = stable().encode();
        for size in 0..whole.len() {
            assert!(GroupValue::decode(&whole.slice(..size)).is_err(), "{size}");
        }
    }
}
