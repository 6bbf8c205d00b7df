//! Every bound of the product, by name. Sizes are bytes unless the name says otherwise.

/// Longest topic name, as in Kafka.
pub const TOPIC_NAME_LENGTH_MAX: usize = 249;
/// Largest Kafka request frame, the size word not counted.
pub const REQUEST_FRAME_MAX: usize = 100 * 1024 * 1024;
/// Largest Kafka request frame that carries no records.
pub const REQUEST_WITHOUT_RECORDS_MAX: usize = 8 * 1024 * 1024;
/// Largest Kafka request frame before a connection has authenticated.
pub const UNAUTHENTICATED_FRAME_MAX: usize = 64 * 1024;
/// Largest bytes of record data in one Fetch response.
pub const FETCH_RESPONSE_MAX: usize = 55 * 1024 * 1024;
/// Requests of one connection that may wait for durability at a time.
pub const PIPELINE_REQUESTS_MAX: usize = 32;
/// Bytes of requests of one connection that may wait for durability at a time.
pub const PIPELINE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Partitions of one topic.
pub const PARTITIONS_PER_TOPIC_MAX: i32 = 10_000;
/// Partitions of one logical cluster.
pub const PARTITIONS_PER_TENANT_MAX: usize = 100_000;
/// Kafka connections of one broker.
pub const CONNECTIONS_MAX: usize = 20_000;
/// Largest JSON body of the REST API.
pub const REST_BODY_MAX: usize = 1024 * 1024;
/// Largest JSON object of the REST API that is a record: one of 8 MiB in base64 fits.
pub const REST_RECORD_MAX: usize = 12 * 1024 * 1024;
/// Largest page of a list.
pub const PAGE_SIZE_MAX: u32 = 100;
/// Page of a list when the caller names none.
pub const PAGE_SIZE_DEFAULT: u32 = 10;
/// Coordinator slots of a cell. Frozen: the slot of a group must never change.
pub const COORDINATOR_SLOTS: u32 = 256;
/// Event streams that a control plane keeps open at once.
pub const EVENT_STREAMS_MAX: usize = 200;
/// Largest frame between processes of a cell: a snapshot of the metadata of a million partitions fits.
pub const RPC_FRAME_MAX: usize = 64 * 1024 * 1024;
/// Requests of one connection between processes of a cell that may run at a time.
pub const RPC_IN_FLIGHT_MAX: usize = 256;
/// Connections from other processes of a cell.
pub const RPC_CONNECTIONS_MAX: usize = 1024;
/// Bytes of requests of other processes that may be held at a time.
pub const RPC_MEMORY_MAX: usize = 256 * 1024 * 1024;
/// Longest name or principal in an access control list, in characters.
pub const ACL_TEXT_LENGTH_MAX: usize = 1024;
/// Access control lists that one request may make or delete.
pub const ACLS_PER_REQUEST_MAX: usize = 1000;
/// Client quotas of one cluster.
pub const CLIENT_QUOTAS_PER_CLUSTER_MAX: u32 = 200;
/// Principals of one client quota.
pub const CLIENT_QUOTA_PRINCIPALS_MAX: usize = 100;
/// Clusters that one question about metrics may name.
pub const METRIC_CLUSTERS_PER_REQUEST_MAX: usize = 100;
/// Series of one cluster: more are not written down.
pub const METRIC_SERIES_PER_TENANT_MAX: usize = 20_000;
/// Points of one cluster: the oldest go.
pub const METRIC_POINTS_PER_TENANT_MAX: usize = 250_000;
/// Points of all clusters of a control plane: the oldest of the largest cluster go.
pub const METRIC_POINTS_MAX: usize = 4_000_000;
/// Groups of one answer about metrics.
pub const METRIC_GROUPS_MAX: u32 = 1_000;
/// Conditions of one filter of metrics.
pub const METRIC_CONDITIONS_MAX: usize = 1_000;
