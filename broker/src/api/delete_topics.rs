//! DeleteTopics (key 20), by name or id.

use bytes::Bytes;
use common_types::acl::Operation;
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;

use super::allowed;
use super::topic_error::{code_of, text_of};
use crate::server::{BadRequest, Request, Server};

pub(super) async fn handle(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: DeleteTopicsRequest = r.decode()?;
    let named = request
        .topic_names
        .into_iter()
        .map(|name| DeleteTopicState::default().with_name(Some(name)));
    let mut responses = Vec::new();
    for t in request.topics.into_iter().chain(named) {
        responses.push(one(server, r, t).await);
    }
    r.answer(&DeleteTopicsResponse::default().with_responses(responses))
}

async fn one(server: &Server, r: &Request<'_>, t: DeleteTopicState) -> DeletableTopicResult {
    let result =
        DeletableTopicResult::default().with_name(t.name.clone()).with_topic_id(t.topic_id);
    let name = match t.name {
        Some(name) => name.to_string(),
        None => match server.cell.topic_with_id(r.session.tenant, t.topic_id) {
            Some(topic) => topic.name.clone(),
            None => return result.with_error_code(error_code::UNKNOWN_TOPIC_ID),
        },
    };
    if let Err(code) = allowed::on_topic(&server.cell, r.into(), Operation::Delete, &name) {
        return result.with_error_code(code);
    }
    match server.cell.delete_topic(r.session.tenant, &name).await {
        Ok(topic) => {
            result.with_name(Some(TopicName(StrBytes::from_string(name)))).with_topic_id(topic.id)
        }
        Err(e) => result.with_error_code(code_of(&e)).with_error_message(text_of(&e)),
    }
}
