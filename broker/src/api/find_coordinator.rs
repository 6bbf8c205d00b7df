//! FindCoordinator (key 10): this broker coordinates every group; there are no transactions.

use bytes::Bytes;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{BrokerId, FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;

use crate::server::{BadRequest, Request, Server};

const GROUP: i8 = 0;
const FIRST_BATCHED: i16 = 4;

pub(super) fn handle(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: FindCoordinatorRequest = r.decode()?;
    let code = if request.key_type != GROUP {
        error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    } else if r.session.cluster_admin {
        error_code::NONE
    } else {
        error_code::GROUP_AUTHORIZATION_FAILED
    };
    let ok = code == error_code::NONE;
    let text = (request.key_type != GROUP)
        .then(|| StrBytes::from_static_str("transactions are not offered by this broker"));
    let (node, host, port) = if ok {
        let endpoint = &r.listener.endpoint;
        (server.cell.settings().broker_id, endpoint.host.clone(), i32::from(endpoint.port))
    } else {
        (-1, String::new(), -1)
    };
    let host = StrBytes::from_string(host);
    let mut answer = FindCoordinatorResponse::default();
    if r.version >= FIRST_BATCHED {
        answer.coordinators = request
            .coordinator_keys
            .into_iter()
            .map(|key| {
                Coordinator::default()
                    .with_key(key)
                    .with_node_id(BrokerId(node))
                    .with_host(host.clone())
                    .with_port(port)
                    .with_error_code(code)
                    .with_error_message(text.clone())
            })
            .collect();
    } else {
        answer = answer
            .with_node_id(BrokerId(node))
            .with_host(host)
            .with_port(port)
            .with_error_code(code)
            .with_error_message(text);
    }
    r.answer(&answer)
}
