/// A topic that was asked for before its cluster was there. The row goes when the cell has the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredTopic {
    /// The cluster.
    pub cluster_id: String,
    /// Unique within the cluster.
    pub name: String,
    /// As asked.
    pub partitions: Option<i32>,
    /// As asked.
    pub replication_factor: Option<i32>,
    /// As asked, in the order given.
    pub configs: Vec<(String, Option<String>)>,
    /// Why the cell refused it for good.
    pub failure: Option<String>,
    /// When it was asked for.
    pub created_us: i64,
}
