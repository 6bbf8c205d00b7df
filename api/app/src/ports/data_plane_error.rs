use common_types::TenantId;

/// Why the cell did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataPlaneError {
    /// The tenant is not served here (not yet, or no longer).
    #[error("cluster {0} is not served by this cell")]
    UnknownTenant(TenantId),
    /// No such topic in this tenant.
    #[error("topic {0:?} does not exist")]
    UnknownTopic(String),
    /// The name is taken.
    #[error("topic {0:?} already exists")]
    TopicExists(String),
    /// The name breaks Kafka's rules, or belongs to the system.
    #[error("{0}")]
    InvalidTopicName(String),
    /// Zero, negative, too many, or fewer than there are.
    #[error("{0}")]
    InvalidPartitions(String),
    /// Zero or below -1.
    #[error("{0}")]
    InvalidReplicationFactor(String),
    /// Unknown name, value out of range, or read-only.
    #[error("{0}")]
    InvalidConfig(String),
    /// The caller's roles and ACLs do not allow it.
    #[error("{0}")]
    Forbidden(String),
    /// A limit of the tenant or the cell.
    #[error("{0}")]
    LimitExceeded(String),
    /// Temporarily not possible; the same call may succeed later.
    #[error("the cell is not available: {0}")]
    Unavailable(String),
    /// A fault of the cell.
    #[error("the cell failed: {0}")]
    Internal(String),
}
