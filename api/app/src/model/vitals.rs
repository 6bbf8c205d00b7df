use super::Phase;

/// How the store is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreVitals {
    /// Clusters in each phase; those that are being deleted apart.
    pub clusters: Vec<(Phase, u64)>,
    /// Clusters that are being deleted.
    pub clusters_leaving: u64,
    /// Work of the reconciler that is due.
    pub work: Backlog,
    /// Messages of notifications that are due.
    pub notifications: Backlog,
    /// Events of audit logs that are due for a topic.
    pub audit_topics: Backlog,
}

/// What waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many.
    pub waiting: u64,
    /// Microseconds that the oldest is over its time.
    pub oldest_us: u64,
}
