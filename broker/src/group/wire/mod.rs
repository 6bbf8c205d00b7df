//! Kafka's messages of the group APIs, to and from a coordinator's questions and answers.
//!
//! Pure conversions, one file an API. What a version cannot say is decided here: where an error goes,
//! which one an old client understands, what stands for "nothing".
//!
//! *Not here*: which slot a group belongs to. Requests that name many groups (DescribeGroups,
//! DeleteGroups, OffsetFetch from version 8, ListGroups) are questions to several coordinators; the
//! caller asks them one by one and hands all answers to the `_to_wire` function.

mod delete_groups;
mod describe_groups;
mod heartbeat;
mod join_group;
mod leave_group;
mod list_groups;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod sync_group;
mod text;

#[cfg(test)]
mod tests;

pub use delete_groups::{delete_groups_from_wire, delete_groups_to_wire};
pub use describe_groups::{GroupDescription, describe_groups_from_wire, describe_groups_to_wire};
pub use heartbeat::{heartbeat_from_wire, heartbeat_to_wire};
pub use join_group::{ClientInfo, join_from_wire, join_to_wire};
pub use leave_group::{leave_from_wire, leave_to_wire};
pub use list_groups::{ListFilter, list_groups_from_wire, list_groups_to_wire};
pub use offset_commit::{Resolve, ResolvedTopic, commit_from_wire, commit_to_wire};
pub use offset_delete::{delete_offsets_from_wire, delete_offsets_to_wire};
pub use offset_fetch::{FetchAnswer, FetchQuestion, offset_fetch_from_wire, offset_fetch_to_wire};
pub use sync_group::{sync_from_wire, sync_to_wire};

/// The APIs answered here: key, lowest and highest version.
pub const GROUP_API_VERSIONS: [(i16, i16, i16); 10] = [
    (8, 2, 9),
    (9, 1, 9),
    (11, 0, 9),
    (12, 0, 4),
    (13, 0, 5),
    (14, 0, 5),
    (15, 0, 6),
    (16, 0, 5),
    (42, 0, 2),
    (47, 0, 0),
];
