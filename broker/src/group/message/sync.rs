use bytes::Bytes;

use crate::group::{GroupError, GroupKey, Text};

/// A member asks for its work; the leader also brings everybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRequest {
    /// Which group.
    pub key: GroupKey,
    /// The generation from the join.
    pub generation: i32,
    /// Who asks.
    pub member_id: Text,
    /// The name of a static member.
    pub instance_id: Option<Text>,
    /// What the member takes the kind of group for (version 5 and above).
    pub protocol_type: Option<Text>,
    /// What the member takes the protocol for (version 5 and above).
    pub protocol: Option<Text>,
    /// From the leader: who does what.
    pub assignments: Vec<(Text, Bytes)>,
}

/// What a member has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// The kind of group.
    pub protocol_type: Text,
    /// The protocol of the generation.
    pub protocol: Text,
    /// The work, in the words of the leader.
    pub assignment: Bytes,
}

/// The answer to a [`SyncRequest`].
pub type SyncResponse = Result<Assigned, GroupError>;
