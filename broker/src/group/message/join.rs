use bytes::Bytes;

use crate::group::{GroupError, GroupKey, Text};

/// One way to share out the work that a member can follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// Its name, for consumers that of an assignor.
    pub name: Text,
    /// What the member tells the leader; for consumers its subscription.
    pub metadata: Bytes,
}

/// A member wants to be in the next generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    /// Which group.
    pub key: GroupKey,
    /// The id from an earlier answer; empty the first time.
    pub member_id: Text,
    /// The name of a static member.
    pub instance_id: Option<Text>,
    /// The client id of the connection.
    pub client_id: Text,
    /// The address of the client as Kafka shows it, with a leading `/`.
    pub client_host: Text,
    /// Without a heartbeat for this long the member is gone.
    pub session_timeout_ms: i32,
    /// How long a rebalance waits for the member.
    pub rebalance_timeout_ms: i32,
    /// `consumer`, `connect`, …
    pub protocol_type: Text,
    /// What the member supports, best first.
    pub protocols: Vec<Protocol>,
    /// A new dynamic member must join twice, the second time with its id (version 4 and above).
    pub require_member_id: bool,
    /// The client obeys `skip_assignment` (version 9 and above).
    pub knows_skip_assignment: bool,
}

/// A member as the leader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinMember {
    /// Its id.
    pub member_id: Text,
    /// The name of a static member.
    pub instance_id: Option<Text>,
    /// What it told about the chosen protocol.
    pub metadata: Bytes,
}

/// The generation a member is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedGroup {
    /// The number of the generation.
    pub generation: i32,
    /// The kind of group.
    pub protocol_type: Text,
    /// The protocol every member follows.
    pub protocol: Text,
    /// Who shares out the work.
    pub leader: Text,
    /// The leader must not share out: the assignment stands.
    pub skip_assignment: bool,
    /// All members, for the leader only.
    pub members: Vec<JoinMember>,
}

/// The answer to a [`JoinRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinResponse {
    /// The id of the member, also when it is refused with `MemberIdRequired`.
    pub member_id: Text,
    /// The generation, or why there is none.
    pub result: Result<JoinedGroup, GroupError>,
}
