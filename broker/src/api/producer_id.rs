//! InitProducerId (key 22), for idempotent producers. Transactions are not offered.

use std::sync::Arc;

use bytes::Bytes;
use common_types::acl::{Operation, ResourceType};
use kafka_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse, ProducerId};
use protocol::error_code;

use super::allowed;
use crate::cell::Cell;
use crate::server::{BadRequest, Request};

pub(super) fn handle(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: InitProducerIdRequest = r.decode()?;
    let refuse = |code| {
        InitProducerIdResponse::default()
            .with_error_code(code)
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1)
    };
    // Whoever may produce anywhere may do so with sequence numbers (KIP-679).
    let allowed = cell.permits_any(r.session, Operation::Write, ResourceType::Topic)
        || allowed::on_cluster(cell, r.into(), Operation::IdempotentWrite).is_ok();
    let answer = if !allowed {
        refuse(error_code::CLUSTER_AUTHORIZATION_FAILED)
    } else if request.transactional_id.is_some() {
        refuse(error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    } else {
        match cell.next_producer_id() {
            Some(id) => InitProducerIdResponse::default()
                .with_producer_id(ProducerId(id))
                .with_producer_epoch(0),
            None => refuse(error_code::COORDINATOR_NOT_AVAILABLE),
        }
    };
    r.answer(&answer)
}
