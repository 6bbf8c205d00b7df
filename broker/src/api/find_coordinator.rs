//! FindCoordinator (key 10): who leads the slot of a group; there are no transactions.

use bytes::Bytes;
use common_types::acl::Operation;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{BrokerId, FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;

use super::allowed;
use crate::server::{BadRequest, Request, Server};

const GROUP: i8 = 0;
const FIRST_BATCHED: i16 = 4;

pub(super) fn handle(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: FindCoordinatorRequest = r.decode()?;
    let text = (request.key_type != GROUP)
        .then(|| StrBytes::from_static_str("transactions are not offered by this broker"));
    let one = |key: &str| -> (i16, i32, StrBytes, i32) {
        let nobody = |code| (code, -1, StrBytes::default(), -1);
        if request.key_type != GROUP {
            return nobody(error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        }
        if let Err(code) = allowed::on_group(&server.cell, r.into(), Operation::Describe, key) {
            return nobody(code);
        }
        let Some(broker) = server.groups.coordinator(r.session.tenant, key) else {
            return nobody(error_code::COORDINATOR_NOT_AVAILABLE);
        };
        let (host, port) = r.listener.of(&broker);
        (error_code::NONE, broker.id, StrBytes::from_string(host.to_owned()), i32::from(port))
    };
    let mut answer = FindCoordinatorResponse::default();
    if r.version >= FIRST_BATCHED {
        answer.coordinators = request
            .coordinator_keys
            .iter()
            .cloned()
            .map(|key| {
                let (code, node, host, port) = one(&key);
                Coordinator::default()
                    .with_key(key)
                    .with_node_id(BrokerId(node))
                    .with_host(host)
                    .with_port(port)
                    .with_error_code(code)
                    .with_error_message(text.clone())
            })
            .collect();
    } else {
        let (code, node, host, port) = one(&request.key);
        answer = answer
            .with_node_id(BrokerId(node))
            .with_host(host)
            .with_port(port)
            .with_error_code(code)
            .with_error_message(text);
    }
    r.answer(&answer)
}
