use bytes::Bytes;

use super::TopicResults;
use crate::group::{GroupError, GroupKey, Text};

/// Where a group is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupState {
    /// No members; it may hold offsets.
    Empty,
    /// Waits for members to join.
    PreparingRebalance,
    /// Waits for the leader to share out the work.
    CompletingRebalance,
    /// Every member knows its work.
    Stable,
    /// Not there, or about to be deleted.
    Dead,
}

impl GroupState {
    /// Kafka's name of the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
        }
    }
}

/// One member of a described group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedMember {
    /// Its id.
    pub member_id: Text,
    /// The name of a static member.
    pub instance_id: Option<Text>,
    /// The client id of its connection.
    pub client_id: Text,
    /// Its address.
    pub client_host: Text,
    /// What it told about the protocol; empty unless the group is stable.
    pub metadata: Bytes,
    /// Its work; empty unless the group is stable.
    pub assignment: Bytes,
}

/// All about one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedGroup {
    /// Its id.
    pub group: Text,
    /// Where it is in its life.
    pub state: GroupState,
    /// The kind of group, empty when nobody ever joined.
    pub protocol_type: Text,
    /// The protocol of the generation; empty unless the group is stable.
    pub protocol: Text,
    /// Its members, by id.
    pub members: Vec<DescribedMember>,
}

/// One line of the list of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGroup {
    /// Its id.
    pub group: Text,
    /// The kind of group, empty when nobody ever joined.
    pub protocol_type: Text,
    /// Where it is in its life.
    pub state: GroupState,
}

/// An operator removes committed offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteOffsetsRequest {
    /// Which group.
    pub key: GroupKey,
    /// What to remove.
    pub topics: Vec<DeleteOffsetsTopic>,
}

/// The partitions of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteOffsetsTopic {
    /// Its name.
    pub name: Text,
    /// Partitions, each with a reason of the caller to refuse it.
    pub partitions: Vec<(i32, Option<GroupError>)>,
}

/// The answer: a fault of the group, or one result a partition.
pub type DeleteOffsetsResponse = Result<Vec<TopicResults>, GroupError>;
