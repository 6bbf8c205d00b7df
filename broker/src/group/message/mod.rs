//! Questions to a coordinator and its answers: plain structs, the same for every wire version.

mod admin;
mod commit;
mod fetch;
mod heartbeat;
mod join;
mod leave;
mod sync;

pub use admin::{
    DeleteOffsetsRequest, DeleteOffsetsResponse, DeleteOffsetsTopic, DescribedGroup,
    DescribedMember, GroupState, ListedGroup,
};
pub use commit::{
    CommitPartition, CommitRequest, CommitResponse, CommitResult, CommitTopic, TopicResults,
};
pub use fetch::{FetchTopic, FetchedOffset, FetchedTopic};
pub use heartbeat::{HeartbeatRequest, HeartbeatResponse};
pub use join::{JoinMember, JoinRequest, JoinResponse, JoinedGroup, Protocol};
pub use leave::{LeaveMember, LeaveRequest, LeaveResponse, LeaveResult};
pub use sync::{Assigned, SyncRequest, SyncResponse};
