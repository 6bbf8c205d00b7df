use common_types::TenantId;
use kafka_protocol::messages::describe_groups_response::{
    DescribedGroup as WireGroup, DescribedGroupMember,
};
use kafka_protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse, GroupId};

use super::text::{optional_str_bytes, str_bytes, text};
use crate::group::{DescribedGroup, DescribedMember, GroupError, GroupKey, GroupState};

/// From here a group that is not there is an error instead of a dead group.
const NOT_FOUND_SINCE: i16 = 6;
/// From here an answer says what the caller may do with a group.
const OPERATIONS_SINCE: i16 = 3;

/// One described group.
#[derive(Debug, Clone)]
pub struct GroupDescription {
    /// Which group was asked about.
    pub key: GroupKey,
    /// What is known; `None` when there is no such group.
    pub result: Result<Option<DescribedGroup>, GroupError>,
    /// The bit set of allowed operations, when the request asked for it.
    pub authorized_operations: Option<i32>,
}

/// The groups a DescribeGroups request asks about.
#[must_use]
pub fn describe_groups_from_wire(
    tenant: TenantId,
    request: &DescribeGroupsRequest,
) -> Vec<GroupKey> {
    request.groups.iter().map(|g| GroupKey { tenant, group: text(g) }).collect()
}

/// The answer to a DescribeGroups request.
#[must_use]
pub fn describe_groups_to_wire(
    described: &[GroupDescription],
    version: i16,
) -> DescribeGroupsResponse {
    let group = |d: &GroupDescription| {
        let blank = WireGroup::default().with_group_id(GroupId(str_bytes(&d.key.group)));
        let operations = d.authorized_operations.filter(|_| version >= OPERATIONS_SINCE);
        let blank = match operations {
            Some(bits) => blank.with_authorized_operations(bits),
            None => blank,
        };
        match &d.result {
            Ok(Some(group)) => filled(blank, group),
            Ok(None) => absent(blank, d, version),
            Err(error) => blank.with_error_code(error.code()),
        }
    };
    DescribeGroupsResponse::default().with_groups(described.iter().map(group).collect())
}

fn absent(blank: WireGroup, d: &GroupDescription, version: i16) -> WireGroup {
    let dead = blank.with_group_state(str_bytes(GroupState::Dead.as_str()));
    if version < NOT_FOUND_SINCE {
        return dead;
    }
    let message = format!("Group {} not found.", d.key.group);
    dead.with_error_code(GroupError::GroupIdNotFound.code())
        .with_error_message(optional_str_bytes(Some(&message)))
}

fn filled(blank: WireGroup, group: &DescribedGroup) -> WireGroup {
    let member = |m: &DescribedMember| {
        DescribedGroupMember::default()
            .with_member_id(str_bytes(&m.member_id))
            .with_group_instance_id(optional_str_bytes(m.instance_id.as_deref()))
            .with_client_id(str_bytes(&m.client_id))
            .with_client_host(str_bytes(&m.client_host))
            .with_member_metadata(m.metadata.clone())
            .with_member_assignment(m.assignment.clone())
    };
    blank
        .with_group_state(str_bytes(group.state.as_str()))
        .with_protocol_type(str_bytes(&group.protocol_type))
        .with_protocol_data(str_bytes(&group.protocol))
        .with_members(group.members.iter().map(member).collect())
}
