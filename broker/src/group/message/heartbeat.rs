use crate::group::{GroupError, GroupKey, Text};

/// A member is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatRequest {
    /// Which group.
    pub key: GroupKey,
    /// The generation the member is in.
    pub generation: i32,
    /// Who is alive.
    pub member_id: Text,
    /// The name of a static member.
    pub instance_id: Option<Text>,
}

/// The answer to a [`HeartbeatRequest`].
pub type HeartbeatResponse = Result<(), GroupError>;
