use common_types::TenantId;
use futures_util::future::BoxFuture;

/// Brings a cell nearer to what is wanted.
pub trait Provision: Send + Sync {
    /// Looks at the cell and makes at most one change. Doing it again is safe at any time.
    fn advance(&self, wish: CellWish) -> BoxFuture<'_, Result<Progress, ProvisionError>>;
}

/// What a cell should serve for one logical cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellWish {
    /// The cluster.
    pub tenant: TenantId,
    /// Whether it should be there at all.
    pub present: bool,
    /// Topics that must be there.
    pub topics: Vec<PendingTopic>,
}

/// A topic that waits for its cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PendingTopic {
    /// Unique within the cluster.
    pub name: String,
    /// `None` is the cell's default.
    pub partitions: Option<i32>,
    /// `None` is the cell's default.
    pub replication_factor: Option<i32>,
    /// Overrides.
    pub configs: Vec<(String, Option<String>)>,
}

/// What the call found or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Everything is as wanted; nothing was changed.
    Converged,
    /// The tenant was made.
    TenantEnsured,
    /// This topic was made.
    TopicCreated(String),
    /// This topic can never be made as asked.
    TopicRefused {
        /// The topic.
        name: String,
        /// Why.
        why: String,
    },
    /// The tenant was removed.
    TenantRemoved,
}

/// Why the cell is no nearer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProvisionError {
    /// Not now.
    #[error("{0}")]
    Transient(String),
    /// Never as asked.
    #[error("{0}")]
    Terminal(String),
}
