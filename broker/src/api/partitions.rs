//! CreatePartitions (key 37).

use std::sync::Arc;

use bytes::Bytes;
use common_types::acl::Operation;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::{CreatePartitionsRequest, CreatePartitionsResponse};

use super::allowed;
use super::topic_error::{code_of, text_of};
use crate::cell::Cell;
use crate::server::{BadRequest, Request};

pub(super) async fn handle(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: CreatePartitionsRequest = r.decode()?;
    let mut results = Vec::with_capacity(request.topics.len());
    for t in request.topics {
        let result = CreatePartitionsTopicResult::default().with_name(t.name.clone());
        if let Err(code) = allowed::on_topic(cell, r.into(), Operation::Alter, &t.name) {
            results.push(result.with_error_code(code));
            continue;
        }
        let tenant = r.session.tenant;
        results.push(
            match cell.add_partitions(tenant, &t.name, t.count, request.validate_only).await {
                Ok(_) => result,
                Err(e) => result.with_error_code(code_of(&e)).with_error_message(text_of(&e)),
            },
        );
    }
    r.answer(&CreatePartitionsResponse::default().with_results(results))
}
