use std::collections::BTreeMap;

use common_types::TenantId;
use serde::{Deserialize, Serialize};

/// What tenants use one broker for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageReport {
    /// The broker: its counters begin with its epoch.
    pub epoch: u64,
    /// By tenant.
    pub tenants: BTreeMap<TenantId, TenantUsage>,
}

/// What one tenant uses it for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantUsage {
    /// Clients that are signed in.
    pub connections: u64,
    /// Clients that have signed in.
    pub authentications: u64,
    /// Requests that were served, by API key.
    #[serde(default)]
    pub apis: BTreeMap<i16, ApiUsage>,
    /// By topic.
    #[serde(default)]
    pub topics: BTreeMap<String, TopicUsage>,
}

/// Requests of one API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiUsage {
    /// How many were served.
    pub requests: u64,
    /// Bytes of their frames.
    pub request_bytes: u64,
    /// Bytes of the frames of their answers.
    pub response_bytes: u64,
}

/// Records of one topic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicUsage {
    /// Bytes of batches that were appended, as clients compressed them.
    pub received_bytes: u64,
    /// Records in them.
    pub received_records: u64,
    /// Bytes of batches that were sent to clients.
    pub sent_bytes: u64,
    /// Records in them.
    pub sent_records: u64,
    /// Bytes that the partitions hold that this broker leads.
    pub retained_bytes: u64,
    /// Partitions that this broker leads.
    pub partitions: u64,
}
