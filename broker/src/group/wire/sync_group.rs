use common_types::TenantId;
use kafka_protocol::messages::{SyncGroupRequest, SyncGroupResponse};

use super::text::{optional_text, owned, str_bytes, text};
use crate::group::{GroupKey, SyncRequest, SyncResponse};

/// The question of a SyncGroup request.
#[must_use]
pub fn sync_from_wire(tenant: TenantId, request: &SyncGroupRequest) -> SyncRequest {
    let shares = request.assignments.iter();
    SyncRequest {
        key: GroupKey { tenant, group: text(&request.group_id) },
        generation: request.generation_id,
        member_id: text(&request.member_id),
        instance_id: optional_text(request.group_instance_id.as_ref()),
        protocol_type: optional_text(request.protocol_type.as_ref()),
        protocol: optional_text(request.protocol_name.as_ref()),
        assignments: shares.map(|a| (text(&a.member_id), owned(&a.assignment))).collect(),
    }
}

/// The answer to a SyncGroup request.
#[must_use]
pub fn sync_to_wire(response: &SyncResponse) -> SyncGroupResponse {
    match response {
        Ok(assigned) => SyncGroupResponse::default()
            .with_protocol_type(Some(str_bytes(&assigned.protocol_type)))
            .with_protocol_name(Some(str_bytes(&assigned.protocol)))
            .with_assignment(assigned.assignment.clone()),
        Err(error) => SyncGroupResponse::default().with_error_code(error.code()),
    }
}
