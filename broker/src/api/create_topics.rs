//! CreateTopics (key 19).

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use common_types::acl::Operation;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::{
    CreatableTopicConfigs, CreatableTopicResult,
};
use kafka_protocol::messages::{CreateTopicsRequest, CreateTopicsResponse};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;

use super::allowed;
use super::configs::{SOURCE_DEFAULT, SOURCE_TOPIC};
use super::topic_error::{code_of, text_of};
use crate::cell::{Cell, NewTopic, Topic, TopicError};
use crate::partition::{CONFIGS, TopicConfig};
use crate::server::{BadRequest, Request};

pub(super) async fn handle(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: CreateTopicsRequest = r.decode()?;
    let mut results = Vec::with_capacity(request.topics.len());
    for (i, t) in request.topics.iter().enumerate() {
        let twice = request.topics.iter().enumerate().any(|(j, o)| i != j && o.name == t.name);
        let result = CreatableTopicResult::default().with_name(t.name.clone());
        let refuse = |code, text| {
            let result = result.clone().with_error_code(code).with_error_message(text);
            result.with_num_partitions(-1).with_replication_factor(-1)
        };
        if allowed::creation(cell, r.into(), &t.name).is_err() {
            results.push(refuse(error_code::TOPIC_AUTHORIZATION_FAILED, None));
            continue;
        }
        if twice {
            let text = StrBytes::from_static_str("the request names this topic more than once");
            results.push(refuse(error_code::INVALID_REQUEST, Some(text)));
            continue;
        }
        match create(cell, r, t, request.validate_only).await {
            Ok((topic, partitions, configs)) => {
                let id = topic.as_ref().map(|t| t.id).unwrap_or_default();
                let factor = topic.map_or(t.replication_factor, |t| t.replication_factor);
                let made = result.clone().with_topic_id(id);
                let operation = Operation::DescribeConfigs;
                results.push(match allowed::on_topic(cell, r.into(), operation, &t.name) {
                    Ok(()) => made
                        .with_num_partitions(partitions)
                        .with_replication_factor(factor)
                        .with_configs(Some(configs)),
                    // Made, but not to be looked at (KIP-525).
                    Err(code) => made
                        .with_topic_config_error_code(code)
                        .with_num_partitions(-1)
                        .with_replication_factor(-1)
                        .with_configs(None),
                });
            }
            Err(e) => results.push(refuse(code_of(&e), text_of(&e))),
        }
    }
    r.answer(&CreateTopicsResponse::default().with_topics(results))
}

async fn create(
    cell: &Arc<Cell>,
    r: &Request<'_>,
    t: &CreatableTopic,
    validate_only: bool,
) -> Result<(Option<Arc<Topic>>, i32, Vec<CreatableTopicConfigs>), TopicError> {
    // A replica assignment says how many partitions there are; its brokers are all this one.
    let partitions = match t.assignments.len() {
        0 if t.num_partitions == -1 => None,
        0 => Some(t.num_partitions),
        n => Some(i32::try_from(n).unwrap_or(i32::MAX)),
    };
    let configs: BTreeMap<String, String> = t
        .configs
        .iter()
        .filter_map(|c| Some((c.name.to_string(), c.value.as_ref()?.to_string())))
        .collect();
    let shown = TopicConfig::parse(configs.clone())?;
    let new = NewTopic {
        name: t.name.to_string(),
        partitions,
        replication_factor: Some(t.replication_factor).filter(|n| *n > 0),
        configs,
        validate_only,
    };
    let (topic, count) = cell.create_topic(r.session.tenant, new).await?;
    Ok((topic, count, show(&shown)))
}

fn show(config: &TopicConfig) -> Vec<CreatableTopicConfigs> {
    CONFIGS
        .iter()
        .map(|def| {
            let source =
                if config.set.contains_key(def.name) { SOURCE_TOPIC } else { SOURCE_DEFAULT };
            CreatableTopicConfigs::default()
                .with_name(StrBytes::from_static_str(def.name))
                .with_value(Some(StrBytes::from_string(config.value(def).to_owned())))
                .with_config_source(source)
        })
        .collect()
}
