use common_types::TenantId;
use kafka_protocol::messages;

use super::text::{code, optional_text, text};
use crate::group::{GroupKey, HeartbeatRequest, HeartbeatResponse};

/// The question of a Heartbeat request.
#[must_use]
pub fn heartbeat_from_wire(
    tenant: TenantId,
    request: &messages::HeartbeatRequest,
) -> HeartbeatRequest {
    HeartbeatRequest {
        key: GroupKey { tenant, group: text(&request.group_id) },
        generation: request.generation_id,
        member_id: text(&request.member_id),
        instance_id: optional_text(request.group_instance_id.as_ref()),
    }
}

/// The answer to a Heartbeat request.
#[must_use]
pub fn heartbeat_to_wire(response: &HeartbeatResponse) -> messages::HeartbeatResponse {
    messages::HeartbeatResponse::default().with_error_code(code(response))
}
