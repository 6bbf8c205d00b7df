use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};

use super::text::{optional_str_bytes, optional_text, owned, str_bytes, text};
use crate::group::{GroupKey, JoinMember, JoinRequest, JoinResponse, JoinedGroup, Protocol, Text};
use common_types::TenantId;

/// From here a new dynamic member joins twice.
const MEMBER_ID_REQUIRED_SINCE: i16 = 4;
/// From here an answer names the kind of group, and its protocol may be null.
const PROTOCOL_TYPE_SINCE: i16 = 7;
/// From here a leader can be told not to share out.
const SKIP_ASSIGNMENT_SINCE: i16 = 9;

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub struct ClientInfo {
    /// The client id of the request header; empty when there is none.
    pub client_id: Text,
    /// The address of the peer.
    pub address: std::net::IpAddr,
}

/// The question of a JoinGroup request.
#[must_use]
pub fn join_from_wire(
    tenant: TenantId,
    request: &JoinGroupRequest,
    version: i16,
    client: &ClientInfo,
) -> JoinRequest {
    let protocol = |p: &kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol| {
        Protocol { name: text(&p.name), metadata: owned(&p.metadata) }
    };
    JoinRequest {
        key: GroupKey { tenant, group: text(&request.group_id) },
        member_id: text(&request.member_id),
        instance_id: optional_text(request.group_instance_id.as_ref()),
        client_id: client.client_id.clone(),
        client_host: format!("/{}", client.address).into(),
        session_timeout_ms: request.session_timeout_ms,
        // Version 0 knows one time-out for both.
        rebalance_timeout_ms: if version == 0 {
            request.session_timeout_ms
        } else {
            request.rebalance_timeout_ms
        },
        protocol_type: text(&request.protocol_type),
        protocols: request.protocols.iter().map(protocol).collect(),
        require_member_id: version >= MEMBER_ID_REQUIRED_SINCE,
        knows_skip_assignment: version >= SKIP_ASSIGNMENT_SINCE,
    }
}

/// The answer to a JoinGroup request.
#[must_use]
pub fn join_to_wire(response: &JoinResponse, version: i16) -> JoinGroupResponse {
    let answer = JoinGroupResponse::default().with_member_id(str_bytes(&response.member_id));
    match &response.result {
        Ok(group) => joined(answer, group, version),
        Err(error) => answer
            .with_error_code(error.code())
            .with_generation_id(-1)
            .with_protocol_name((version < PROTOCOL_TYPE_SINCE).then(|| str_bytes(""))),
    }
}

fn joined(answer: JoinGroupResponse, group: &JoinedGroup, version: i16) -> JoinGroupResponse {
    let member = |m: &JoinMember| {
        JoinGroupResponseMember::default()
            .with_member_id(str_bytes(&m.member_id))
            .with_group_instance_id(optional_str_bytes(m.instance_id.as_deref()))
            .with_metadata(m.metadata.clone())
    };
    answer
        .with_generation_id(group.generation)
        .with_protocol_type(Some(str_bytes(&group.protocol_type)))
        .with_protocol_name(Some(str_bytes(&group.protocol)))
        .with_leader(str_bytes(&group.leader))
        .with_skip_assignment(group.skip_assignment && version >= SKIP_ASSIGNMENT_SINCE)
        .with_members(group.members.iter().map(member).collect())
}
