//! What this server offers: exactly what works end to end, nothing more.

/// One API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// API key.
    pub key: i16,
    /// Lowest version in ApiVersions.
    pub min: i16,
    /// Lowest version that is served. Produce differs: librdkafka drops codecs when its minimum is
    /// above 0 (KAFKA-18659), so 0 is offered and versions below 3 are refused when used.
    pub min_served: i16,
    /// Highest version.
    pub max: i16,
    /// First flexible version.
    pub first_flexible: i16,
}

const fn api(key: i16, min: i16, max: i16, first_flexible: i16) -> Offered {
    Offered { key, min, min_served: min, max, first_flexible }
}

/// Never flexible.
const NEVER: i16 = i16::MAX;

/// API keys, by their public names.
pub mod key {
    pub const PRODUCE: i16 = 0;
    pub const FETCH: i16 = 1;
    pub const LIST_OFFSETS: i16 = 2;
    pub const METADATA: i16 = 3;
    pub const OFFSET_COMMIT: i16 = 8;
    pub const OFFSET_FETCH: i16 = 9;
    pub const FIND_COORDINATOR: i16 = 10;
    pub const JOIN_GROUP: i16 = 11;
    pub const HEARTBEAT: i16 = 12;
    pub const LEAVE_GROUP: i16 = 13;
    pub const SYNC_GROUP: i16 = 14;
    pub const DESCRIBE_GROUPS: i16 = 15;
    pub const LIST_GROUPS: i16 = 16;
    pub const SASL_HANDSHAKE: i16 = 17;
    pub const API_VERSIONS: i16 = 18;
    pub const CREATE_TOPICS: i16 = 19;
    pub const DELETE_TOPICS: i16 = 20;
    pub const DELETE_RECORDS: i16 = 21;
    pub const INIT_PRODUCER_ID: i16 = 22;
    pub const OFFSET_FOR_LEADER_EPOCH: i16 = 23;
    pub const DESCRIBE_ACLS: i16 = 29;
    pub const CREATE_ACLS: i16 = 30;
    pub const DELETE_ACLS: i16 = 31;
    pub const DESCRIBE_CONFIGS: i16 = 32;
    pub const ALTER_CONFIGS: i16 = 33;
    pub const SASL_AUTHENTICATE: i16 = 36;
    pub const CREATE_PARTITIONS: i16 = 37;
    pub const DELETE_GROUPS: i16 = 42;
    pub const INCREMENTAL_ALTER_CONFIGS: i16 = 44;
    pub const OFFSET_DELETE: i16 = 47;
    pub const DESCRIBE_CLIENT_QUOTAS: i16 = 48;
    pub const ALTER_CLIENT_QUOTAS: i16 = 49;
    pub const DESCRIBE_CLUSTER: i16 = 60;
}

/// The table, by key.
pub const OFFERED: &[Offered] = &[
    Offered { key: key::PRODUCE, min: 0, min_served: 3, max: 13, first_flexible: 9 },
    api(key::FETCH, 4, 16, 12),
    api(key::LIST_OFFSETS, 1, 8, 6),
    api(key::METADATA, 0, 13, 9),
    api(key::OFFSET_COMMIT, 2, 9, 8),
    api(key::OFFSET_FETCH, 1, 9, 6),
    api(key::FIND_COORDINATOR, 0, 5, 3),
    api(key::JOIN_GROUP, 0, 9, 6),
    api(key::HEARTBEAT, 0, 4, 4),
    api(key::LEAVE_GROUP, 0, 5, 4),
    api(key::SYNC_GROUP, 0, 5, 4),
    api(key::DESCRIBE_GROUPS, 0, 6, 5),
    api(key::LIST_GROUPS, 0, 5, 3),
    api(key::SASL_HANDSHAKE, 0, 1, NEVER),
    api(key::API_VERSIONS, 0, 4, 3),
    api(key::CREATE_TOPICS, 2, 7, 5),
    api(key::DELETE_TOPICS, 1, 6, 4),
    api(key::DELETE_RECORDS, 0, 2, 2),
    api(key::INIT_PRODUCER_ID, 0, 5, 2),
    api(key::OFFSET_FOR_LEADER_EPOCH, 2, 4, 4),
    api(key::DESCRIBE_ACLS, 1, 3, 2),
    api(key::CREATE_ACLS, 1, 3, 2),
    api(key::DELETE_ACLS, 1, 3, 2),
    api(key::DESCRIBE_CONFIGS, 1, 4, 4),
    api(key::ALTER_CONFIGS, 0, 2, 2),
    api(key::SASL_AUTHENTICATE, 0, 2, 2),
    api(key::CREATE_PARTITIONS, 0, 3, 2),
    api(key::DELETE_GROUPS, 0, 2, 2),
    api(key::INCREMENTAL_ALTER_CONFIGS, 0, 1, 1),
    api(key::OFFSET_DELETE, 0, 0, NEVER),
    api(key::DESCRIBE_CLIENT_QUOTAS, 0, 1, 1),
    api(key::ALTER_CLIENT_QUOTAS, 0, 1, 1),
    api(key::DESCRIBE_CLUSTER, 0, 2, 0),
];

/// The row of an API.
#[must_use]
pub fn offered(key: i16) -> Option<&'static Offered> {
    OFFERED.binary_search_by_key(&key, |o| o.key).ok().map(|i| &OFFERED[i])
}

/// The public name of an offered API; that of any other one is empty.
#[must_use]
pub fn name(key: i16) -> &'static str {
    match key {
        key::PRODUCE => "Produce",
        key::FETCH => "Fetch",
        key::LIST_OFFSETS => "ListOffsets",
        key::METADATA => "Metadata",
        key::OFFSET_COMMIT => "OffsetCommit",
        key::OFFSET_FETCH => "OffsetFetch",
        key::FIND_COORDINATOR => "FindCoordinator",
        key::JOIN_GROUP => "JoinGroup",
        key::HEARTBEAT => "Heartbeat",
        key::LEAVE_GROUP => "LeaveGroup",
        key::SYNC_GROUP => "SyncGroup",
        key::DESCRIBE_GROUPS => "DescribeGroups",
        key::LIST_GROUPS => "ListGroups",
        key::SASL_HANDSHAKE => "SaslHandshake",
        key::API_VERSIONS => "ApiVersions",
        key::CREATE_TOPICS => "CreateTopics",
        key::DELETE_TOPICS => "DeleteTopics",
        key::DELETE_RECORDS => "DeleteRecords",
        key::INIT_PRODUCER_ID => "InitProducerId",
        key::OFFSET_FOR_LEADER_EPOCH => "OffsetForLeaderEpoch",
        key::DESCRIBE_ACLS => "DescribeAcls",
        key::CREATE_ACLS => "CreateAcls",
        key::DELETE_ACLS => "DeleteAcls",
        key::DESCRIBE_CONFIGS => "DescribeConfigs",
        key::ALTER_CONFIGS => "AlterConfigs",
        key::SASL_AUTHENTICATE => "SaslAuthenticate",
        key::CREATE_PARTITIONS => "CreatePartitions",
        key::DELETE_GROUPS => "DeleteGroups",
        key::INCREMENTAL_ALTER_CONFIGS => "IncrementalAlterConfigs",
        key::OFFSET_DELETE => "OffsetDelete",
        key::DESCRIBE_CLIENT_QUOTAS => "DescribeClientQuotas",
        key::ALTER_CLIENT_QUOTAS => "AlterClientQuotas",
        key::DESCRIBE_CLUSTER => "DescribeCluster",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_sound() {
        assert!(OFFERED.windows(2).all(|w| w[0].key < w[1].key));
        assert!(OFFERED.iter().all(|o| o.min <= o.min_served && o.min_served <= o.max));
        assert_eq!(offered(key::PRODUCE).map(|o| (o.min, o.max)), Some((0, 13)));
        assert!(OFFERED.iter().all(|o| !name(o.key).is_empty()), "every one has a name");
        assert_eq!(offered(24), None, "transactions are not offered");
    }
}
