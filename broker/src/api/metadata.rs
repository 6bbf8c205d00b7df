//! Metadata (key 3): the one broker, and the topics of the tenant.

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, MetadataRequest, MetadataResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;
use uuid::Uuid;

use super::topic_error::code_of;
use crate::cell::{Cell, NewTopic, Topic};
use crate::server::{BadRequest, Request};

/// What a client may do with a topic it administers: all operations of a topic (KIP-430).
const TOPIC_OPERATIONS: i32 = 0b1101_1111_1000;
const NOT_ASKED: i32 = i32::MIN;

pub(super) async fn handle(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: MetadataRequest = r.decode()?;
    let settings = cell.settings();
    let all = match &request.topics {
        None => true,
        // Version 0 cannot say null.
        Some(topics) => r.version == 0 && topics.is_empty(),
    };
    let operations =
        if request.include_topic_authorized_operations { TOPIC_OPERATIONS } else { NOT_ASKED };
    let mut topics = Vec::new();
    if all && r.session.cluster_admin {
        topics.extend(cell.topics(r.session.tenant).iter().map(|t| describe(cell, t, operations)));
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
        .with_cluster_authorized_operations(NOT_ASKED);
    r.answer(&answer)
}

async fn named(
    cell: &Arc<Cell>,
    r: &Request<'_>,
    asked: MetadataRequestTopic,
    auto_create: bool,
    operations: i32,
) -> MetadataResponseTopic {
    let tenant = r.session.tenant;
    let by_id = asked.name.is_none();
    let found = match &asked.name {
        Some(name) => cell.topic(tenant, name),
        None => cell.topic_with_id(tenant, asked.topic_id),
    };
    let code = if !r.session.cluster_admin {
        error_code::TOPIC_AUTHORIZATION_FAILED
    } else if let Some(topic) = found {
        return describe(cell, &topic, operations);
    } else if by_id {
        error_code::UNKNOWN_TOPIC_ID
    } else if auto_create {
        let name = asked.name.as_ref().map(|n| n.to_string()).unwrap_or_default();
        match cell
            .create_topic(tenant, NewTopic { name: name.clone(), ..NewTopic::default() })
            .await
        {
            Ok((Some(topic), _)) => return describe(cell, &topic, operations),
            Ok((None, _)) => error_code::UNKNOWN_TOPIC_OR_PARTITION,
            // Someone else was first: that is what was wanted.
            Err(crate::cell::TopicError::Exists(_)) => match cell.topic(tenant, &name) {
                Some(topic) => return describe(cell, &topic, operations),
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

fn describe(cell: &Cell, topic: &Topic, operations: i32) -> MetadataResponseTopic {
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
