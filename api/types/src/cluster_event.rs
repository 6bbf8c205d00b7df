use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that happened to a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterEvent {
    /// `weir/v1`
    pub api_version: String,
    /// `ClusterEvent`
    pub kind: String,
    /// Grows; send it as `Last-Event-ID` to go on behind it.
    pub id: String,
    /// RFC 3339, UTC.
    pub time: String,
    /// `lkc-…`
    pub cluster_id: String,
    /// The generation of the wish that it is about; 0 where nobody reads one any more.
    pub generation: i64,
    /// Who did it: a principal, `reconciler`, or nobody, when it was the first start.
    pub actor: String,
    /// What happened: `ClusterRequested`, `ClusterServed`, `ClusterFailed`, `ClusterChangeRequested`,
    /// `ClusterDeletionRequested`, `ClusterGone`, `TopicsServed`, `TopicRefused`, or `Stalled`.
    pub reason: String,
    /// The rest, for people; may be empty.
    pub message: String,
}
