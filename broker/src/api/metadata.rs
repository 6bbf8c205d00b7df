//! Metadata (key 3): the one broker, and the topics of the tenant.

use std::sync::Arc;

use bytes::Bytes;
use common_types::acl::{Operation, ResourceType};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, MetadataRequest, MetadataResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;
use uuid::Uuid;

use super::allowed;
use super::topic_error::code_of;
use crate::cell::{Cell, NewTopic, Topic};
use crate::server::{BadRequest, Request};

const NOT_ASKED: i32 = i32::MIN;

pub(super) async fn handle(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: MetadataRequest = r.decode()?;
    let settings = cell.settings();
    let all = match &request.topics {
        None => true,
        // Version 0 cannot say null.
        Some(topics) => r.version == 0 && topics.is_empty(),
    };
    let operations = request.include_topic_authorized_operations;
    let mut topics = Vec::new();
    if all {
        let known = cell.topics(r.session.tenant);
        let visible = |t: &&Arc<Topic>| allowed::shows_topic(cell, r.session, &t.name);
        topics.extend(known.iter().filter(visible).map(|t| describe(cell, r, t, operations)));
    }
    if !all {
        let auto = request.allow_auto_topic_creation && settings.auto_create_topics;
        for t in request.topics.into_iter().flatten() {
            topics.push(named(cell, r, t, auto, operations).await);
        }
    }
    let state = cell.metadata();
    let brokers = state.brokers().values().map(|broker| {
        let (host, port) = r.listener.of(broker);
        MetadataResponseBroker::default()
            .with_node_id(BrokerId(broker.id))
            .with_host(StrBytes::from_string(host.to_owned()))
            .with_port(i32::from(port))
    });
    let answer = MetadataResponse::default()
        .with_brokers(brokers.collect())
        .with_cluster_id(Some(StrBytes::from_string(r.session.tenant.to_string())))
        .with_controller_id(BrokerId(settings.broker_id))
        .with_topics(topics)
        .with_cluster_authorized_operations(if request.include_cluster_authorized_operations {
            allowed::cluster_operations(cell, r.session)
        } else {
            NOT_ASKED
        });
    r.answer(&answer)
}

async fn named(
    cell: &Arc<Cell>,
    r: &Request<'_>,
    asked: MetadataRequestTopic,
    auto_create: bool,
    operations: bool,
) -> MetadataResponseTopic {
    let tenant = r.session.tenant;
    let by_id = asked.name.is_none();
    let found = match &asked.name {
        Some(name) => cell.topic(tenant, name),
        None => cell.topic_with_id(tenant, asked.topic_id),
    };
    let name = match (&asked.name, &found) {
        (Some(name), _) => name.to_string(),
        (None, Some(topic)) => topic.name.clone(),
        (None, None) => String::new(),
    };
    let visible = allowed::on_topic(cell, r.into(), Operation::Describe, &name);
    let code = if by_id && found.is_none() {
        error_code::UNKNOWN_TOPIC_ID
    } else if let Err(code) = visible {
        code
    } else if let Some(topic) = found {
        return describe(cell, r, &topic, operations);
    } else if auto_create && allowed::creation(cell, r.into(), &name).is_err() {
        error_code::TOPIC_AUTHORIZATION_FAILED
    } else if auto_create {
        match cell
            .create_topic(tenant, NewTopic { name: name.clone(), ..NewTopic::default() })
            .await
        {
            Ok((Some(topic), _)) => return describe(cell, r, &topic, operations),
            Ok((None, _)) => error_code::UNKNOWN_TOPIC_OR_PARTITION,
            // Someone else was first: that is what was wanted.
            Err(crate::cell::TopicError::Exists(_)) => match cell.topic(tenant, &name) {
                Some(topic) => return describe(cell, r, &topic, operations),
                None => error_code::UNKNOWN_TOPIC_OR_PARTITION,
            },
            Err(e) => code_of(&e),
        }
    } else if let Some(Err(_)) = asked.name.as_ref().map(|n| common_types::check_topic_name(n)) {
        error_code::INVALID_TOPIC_EXCEPTION
    } else {
        error_code::UNKNOWN_TOPIC_OR_PARTITION
    };
    MetadataResponseTopic::default()
        .with_error_code(code)
        .with_topic_id(asked.topic_id)
        .with_name(if by_id && r.version >= 12 {
            None
        } else {
            Some(asked.name.unwrap_or_default())
        })
        .with_topic_authorized_operations(NOT_ASKED)
}

fn describe(
    cell: &Cell,
    r: &Request<'_>,
    topic: &Topic,
    operations: bool,
) -> MetadataResponseTopic {
    let operations = if operations {
        allowed::operations(cell, r.session, ResourceType::Topic, &topic.name)
    } else {
        NOT_ASKED
    };
    let state = cell.metadata();
    let partitions = topic
        .partitions()
        .iter()
        .zip(0_i32..)
        .map(|(p, index)| {
            let row = state.pgs().get(&p.pg.id.0);
            let leader = row.and_then(|row| state.brokers().get(&row.leader));
            let nodes: Vec<BrokerId> = leader.iter().map(|b| BrokerId(b.id)).collect();
            let code = leader.map_or(error_code::LEADER_NOT_AVAILABLE, |_| error_code::NONE);
            MetadataResponsePartition::default()
                .with_error_code(code)
                .with_partition_index(index)
                .with_leader_id(BrokerId(leader.map_or(-1, |b| b.id)))
                .with_leader_epoch(row.map_or(-1, |row| row.pg_epoch))
                .with_replica_nodes(nodes.clone())
                .with_isr_nodes(nodes)
        })
        .collect();
    let id: Uuid = topic.id;
    MetadataResponseTopic::default()
        .with_name(Some(TopicName(StrBytes::from_string(topic.name.clone()))))
        .with_topic_id(id)
        .with_partitions(partitions)
        .with_topic_authorized_operations(operations)
}
