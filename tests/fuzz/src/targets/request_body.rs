use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Decodable, Encodable};
use protocol::shape;
use protocol::versions::{key, offered};

use super::fingerprint::fingerprint;
use crate::target::Target;

pub(super) fn targets() -> Vec<Target> {
    vec![Target { name: "request-body", seeds, decode }]
}

/// An API key, a version and a body. Whatever passes the walk over its shape may be decoded: no count in
/// it can make the decoder take memory that the bytes do not justify.
fn decode(input: &[u8]) -> u64 {
    let [k0, k1, v0, v1, body @ ..] = input else { return fingerprint("short") };
    let (api, version) = (i16::from_be_bytes([*k0, *k1]), i16::from_be_bytes([*v0, *v1]));
    let Some(offer) = offered(api) else { return fingerprint("unknown") };
    if version < offer.min_served || version > offer.max {
        return fingerprint("version");
    }
    let shape = shape::check(api, version, body).is_ok();
    let decoded = shape && message(api, version, Bytes::copy_from_slice(body)).unwrap_or(false);
    fingerprint((api, version, shape, decoded, body.len().min(64)))
}

macro_rules! cold_apis {
    ($($key:ident => $message:ident),* $(,)?) => {
        fn message(api: i16, version: i16, mut body: Bytes) -> Option<bool> {
            match api {
                $(key::$key => Some($message::decode(&mut body, version).is_ok()),)*
                _ => None,
            }
        }

        /// The emptiest request of each version of each API: all of them have a true shape.
        fn seeds() -> Vec<Vec<u8>> {
            let mut all = Vec::new();
            $(for version in offered(key::$key).into_iter().flat_map(|o| o.min_served..=o.max) {
                let mut bytes = BytesMut::new();
                bytes.put_i16(key::$key);
                bytes.put_i16(version);
                if $message::default().encode(&mut bytes, version).is_ok() {
                    assert!(
                        shape::check(key::$key, version, &bytes[4..]).is_ok(),
                        "{} version {version} has another shape", stringify!($message)
                    );
                    all.push(bytes.to_vec());
                }
            })*
            all
        }
    };
}

cold_apis! {
    FETCH => FetchRequest,
    LIST_OFFSETS => ListOffsetsRequest,
    METADATA => MetadataRequest,
    OFFSET_COMMIT => OffsetCommitRequest,
    OFFSET_FETCH => OffsetFetchRequest,
    FIND_COORDINATOR => FindCoordinatorRequest,
    JOIN_GROUP => JoinGroupRequest,
    HEARTBEAT => HeartbeatRequest,
    LEAVE_GROUP => LeaveGroupRequest,
    SYNC_GROUP => SyncGroupRequest,
    DESCRIBE_GROUPS => DescribeGroupsRequest,
    LIST_GROUPS => ListGroupsRequest,
    SASL_HANDSHAKE => SaslHandshakeRequest,
    CREATE_TOPICS => CreateTopicsRequest,
    DELETE_TOPICS => DeleteTopicsRequest,
    DELETE_RECORDS => DeleteRecordsRequest,
    INIT_PRODUCER_ID => InitProducerIdRequest,
    OFFSET_FOR_LEADER_EPOCH => OffsetForLeaderEpochRequest,
    DESCRIBE_CONFIGS => DescribeConfigsRequest,
    ALTER_CONFIGS => AlterConfigsRequest,
    SASL_AUTHENTICATE => SaslAuthenticateRequest,
    CREATE_PARTITIONS => CreatePartitionsRequest,
    DELETE_GROUPS => DeleteGroupsRequest,
    INCREMENTAL_ALTER_CONFIGS => IncrementalAlterConfigsRequest,
    OFFSET_DELETE => OffsetDeleteRequest,
    DESCRIBE_CLUSTER => DescribeClusterRequest,
}
