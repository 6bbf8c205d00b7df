use uuid::Uuid;

use crate::group::{GroupError, GroupKey, Text};

/// One partition of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitPartition {
    /// Which partition.
    pub partition: i32,
    /// The next offset to read.
    pub offset: i64,
    /// The leader epoch of the last record read, -1 when the client knows none.
    pub leader_epoch: i32,
    /// Whatever the client wants to keep beside the offset.
    pub metadata: Text,
    /// Why the caller refuses this partition: it is not there, or not for this client.
    pub refused: Option<GroupError>,
}

/// One topic of a commit, resolved by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitTopic {
    /// Its name.
    pub name: Text,
    /// The topic that has the name at this moment.
    pub id: Uuid,
    /// Its partitions.
    pub partitions: Vec<CommitPartition>,
}

/// A client stores how far it has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRequest {
    /// Which group.
    pub key: GroupKey,
    /// The generation of the member, -1 for a consumer without group membership.
    pub generation: i32,
    /// The member, empty for a consumer without group membership.
    pub member_id: Text,
    /// The name of a static member.
    pub instance_id: Option<Text>,
    /// The offsets.
    pub topics: Vec<CommitTopic>,
}

/// What became of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitResult {
    /// Which partition.
    pub partition: i32,
    /// Whether its offset is durable.
    pub result: Result<(), GroupError>,
}

/// What became of the partitions of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicResults {
    /// The name of the topic.
    pub name: Text,
    /// In the order of the request.
    pub partitions: Vec<CommitResult>,
}

/// The answer to a [`CommitRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitResponse {
    /// In the order of the request.
    pub topics: Vec<TopicResults>,
}
