use crate::group::{GroupError, GroupKey, Text};

/// One member that leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveMember {
    /// Its id; empty when an operator removes a static member by name.
    pub member_id: Text,
    /// The name of a static member.
    pub instance_id: Option<Text>,
}

/// Members leave at once instead of letting their session run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveRequest {
    /// Which group.
    pub key: GroupKey,
    /// Who leaves.
    pub members: Vec<LeaveMember>,
}

/// What became of one leaving member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveResult {
    /// Who was meant.
    pub member: LeaveMember,
    /// Whether it left.
    pub result: Result<(), GroupError>,
}

/// The answer to a [`LeaveRequest`]: a fault of the group, or one result a member.
pub type LeaveResponse = Result<Vec<LeaveResult>, GroupError>;
