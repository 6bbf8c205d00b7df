use common_types::TenantId;
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};

use super::text::{code, optional_str_bytes, optional_text, str_bytes, text};
use crate::group::{GroupKey, LeaveMember, LeaveRequest, LeaveResponse, LeaveResult};

/// From here many members leave at once, each with its own error.
const BATCH_SINCE: i16 = 3;

/// The question of a LeaveGroup request.
#[must_use]
pub fn leave_from_wire(
    tenant: TenantId,
    request: &LeaveGroupRequest,
    version: i16,
) -> LeaveRequest {
    let members = if version < BATCH_SINCE {
        vec![LeaveMember { member_id: text(&request.member_id), instance_id: None }]
    } else {
        let one = |m: &kafka_protocol::messages::leave_group_request::MemberIdentity| LeaveMember {
            member_id: text(&m.member_id),
            instance_id: optional_text(m.group_instance_id.as_ref()),
        };
        request.members.iter().map(one).collect()
    };
    LeaveRequest { key: GroupKey { tenant, group: text(&request.group_id) }, members }
}

/// The answer to a LeaveGroup request.
#[must_use]
pub fn leave_to_wire(response: &LeaveResponse, version: i16) -> LeaveGroupResponse {
    let answer = LeaveGroupResponse::default();
    let results = match response {
        Ok(results) => results,
        Err(error) => return answer.with_error_code(error.code()),
    };
    if version < BATCH_SINCE {
        return answer.with_error_code(results.first().map_or(0, |r| code(&r.result)));
    }
    let member = |r: &LeaveResult| {
        MemberResponse::default()
            .with_member_id(str_bytes(&r.member.member_id))
            .with_group_instance_id(optional_str_bytes(r.member.instance_id.as_deref()))
            .with_error_code(code(&r.result))
    };
    answer.with_members(results.iter().map(member).collect())
}
