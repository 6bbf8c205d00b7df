use common_types::quota::Throughput;

/// How fast principals may send to a cluster and read from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientQuota {
    /// `cq-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// Environment of its cluster.
    pub environment_id: String,
    /// Its cluster.
    pub cluster_id: String,
    /// The name people read.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// `sa-…`, `u-…` or `<default>`. In the quotas of one cluster nobody is there twice.
    pub principals: Vec<String>,
    /// What each of them may use.
    pub throughput: Throughput,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}
