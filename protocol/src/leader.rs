//! Where a partition is led, for a client that asked somebody else (KIP-951): it goes there at once,
//! instead of asking for metadata first.

use bytes::{BufMut, BytesMut};

use crate::header::{put_count, put_string, put_uvarint};

/// Two numbers and an empty list of tags.
const CURRENT_LEADER_SIZE: u32 = 9;
const NODE_ENDPOINTS: u32 = 0;

/// The leader of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentLeader {
    /// Its broker id.
    pub id: i32,
    /// The leader epoch. Clients follow no hint with an older one than they know.
    pub epoch: i32,
}

/// Where a broker is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeEndpoint {
    /// Its broker id.
    pub id: i32,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// The tags of a partition: the leader under `tag`, if one is known.
pub(crate) fn put_leader_tags(out: &mut BytesMut, tag: u32, leader: Option<CurrentLeader>) {
    let Some(leader) = leader else { return out.put_u8(0) };
    put_uvarint(out, 1);
    put_uvarint(out, tag);
    put_uvarint(out, CURRENT_LEADER_SIZE);
    out.put_i32(leader.id);
    out.put_i32(leader.epoch);
    out.put_u8(0);
}

/// The tags of a response: the brokers that its partitions name as leaders.
pub(crate) fn put_endpoint_tags(out: &mut BytesMut, endpoints: &[NodeEndpoint]) {
    if endpoints.is_empty() {
        return out.put_u8(0);
    }
    let mut body = BytesMut::new();
    put_count(&mut body, endpoints.len(), true);
    for endpoint in endpoints {
        body.put_i32(endpoint.id);
        put_string(&mut body, &endpoint.host, true);
        body.put_i32(i32::from(endpoint.port));
        // No rack.
        body.put_u8(0);
        body.put_u8(0);
    }
    put_uvarint(out, 1);
    put_uvarint(out, NODE_ENDPOINTS);
    put_uvarint(out, u32::try_from(body.len()).expect("a cell has few brokers"));
    out.put_slice(&body);
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::{FetchResponse, ProduceResponse};
    use kafka_protocol::protocol::Decodable as _;

    use super::*;
    use crate::fetch::{self, FetchedPartition};
    use crate::produce::{self, ProducedPartition, TopicRef};

    const LEADER: CurrentLeader = CurrentLeader { id: 3, epoch: 7 };

    fn endpoints() -> Vec<NodeEndpoint> {
        vec![NodeEndpoint { id: 3, host: "three.example".into(), port: 9093 }]
    }

    fn topic(version: i16, first_by_id: i16) -> TopicRef {
        if version >= first_by_id {
            TopicRef::Id(uuid::Uuid::from_u128(5))
        } else {
            TopicRef::Name("orders".into())
        }
    }

    #[test]
    fn every_version_of_produce_that_can_say_the_leader_says_it() {
        for version in 3..=13 {
            let refused = ProducedPartition {
                index: 1,
                error: 6,
                message: None,
                base_offset: -1,
                append_time_ms: -1,
                log_start: -1,
                leader: Some(LEADER),
            };
            let mut out = BytesMut::new();
            let topics = [(topic(version, 13), vec![refused])];
            produce::put_response(&mut out, version, &topics, &endpoints(), 0);
            let mut bytes = out.freeze();
            let read = ProduceResponse::decode(&mut bytes, version).unwrap();
            assert!(bytes.is_empty(), "version {version}");
            let told = &read.responses[0].partition_responses[0].current_leader;
            if version < 10 {
                assert_eq!((told.leader_id.0, read.node_endpoints.len()), (-1, 0));
                continue;
            }
            assert_eq!((told.leader_id.0, told.leader_epoch), (3, 7), "version {version}");
            let node = &read.node_endpoints[0];
            let found = (node.node_id.0, node.host.as_str(), node.port, node.rack.is_none());
            assert_eq!(found, (3, "three.example", 9093, true));
        }
    }

    #[test]
    fn every_version_of_fetch_that_can_say_the_leader_says_it() {
        for version in 4..=16 {
            let refused = FetchedPartition {
                index: 1,
                error: 6,
                leader: Some(LEADER),
                ..FetchedPartition::default()
            };
            let topics = [(topic(version, 13), vec![refused])];
            let rope = fetch::response(version, (9, 0), 0, &topics, &endpoints());
            let header = if fetch::is_flexible(version) { 9 } else { 8 };
            let mut bytes = bytes::Bytes::from(rope.concat()).slice(header..);
            let read = FetchResponse::decode(&mut bytes, version).unwrap();
            assert!(bytes.is_empty(), "version {version}");
            let told = &read.responses[0].partitions[0].current_leader;
            let wanted = if version < 12 { -1 } else { 3 };
            assert_eq!(told.leader_id.0, wanted, "version {version}");
            let nodes = read.node_endpoints.len();
            assert_eq!(nodes, usize::from(version >= 16), "version {version}");
        }
    }
}
