//! ListOffsets (key 2): first, last, by timestamp, and the largest timestamp.

use std::sync::Arc;

use bytes::Bytes;
use common_types::acl::Operation;
use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};
use protocol::error_code;
use protocol::produce::TopicRef;

use super::fetch::{check_epoch, check_fresh, find};
use crate::cell::{Cell, Topic};
use crate::server::{BadRequest, Request};

/// First version whose answer has a leader epoch.
const FIRST_WITH_EPOCH: i16 = 4;
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;

pub(super) async fn handle(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: ListOffsetsRequest = r.decode()?;
    let mut topics = Vec::with_capacity(request.topics.len());
    for t in request.topics {
        let name = TopicRef::Name(t.name.to_string());
        let topic = find(cell, r.into(), Operation::Describe, &name);
        let mut partitions = Vec::with_capacity(t.partitions.len());
        for p in &t.partitions {
            let answer = match one(cell, topic.as_ref().map_err(|code| *code), p).await {
                Ok((timestamp, offset, epoch)) => ListOffsetsPartitionResponse::default()
                    .with_timestamp(timestamp)
                    .with_offset(offset)
                    .with_leader_epoch(if r.version >= FIRST_WITH_EPOCH { epoch } else { -1 }),
                Err(code) => ListOffsetsPartitionResponse::default()
                    .with_error_code(code)
                    .with_timestamp(-1)
                    .with_offset(-1)
                    .with_leader_epoch(-1),
            };
            partitions.push(answer.with_partition_index(p.partition_index));
        }
        topics.push(
            ListOffsetsTopicResponse::default().with_name(t.name).with_partitions(partitions),
        );
    }
    r.answer(&ListOffsetsResponse::default().with_topics(topics))
}

async fn one(
    cell: &Arc<Cell>,
    topic: Result<&Arc<Topic>, i16>,
    p: &ListOffsetsPartition,
) -> Result<(i64, i64, i32), i16> {
    let topic = topic?;
    check_fresh(cell)?;
    let partition =
        topic.partition(p.partition_index).ok_or(error_code::UNKNOWN_TOPIC_OR_PARTITION)?;
    check_epoch(p.current_leader_epoch, partition)?;
    let epoch = partition.pg.epoch();
    let (log_start, high_watermark) = partition.led_bounds()?;
    match p.timestamp {
        LATEST => Ok((-1, high_watermark, epoch)),
        EARLIEST | EARLIEST_LOCAL => Ok((-1, log_start, epoch)),
        other if other < MAX_TIMESTAMP => Err(error_code::UNSUPPORTED_VERSION),
        wanted => {
            let found = cell.offset_at(partition, (wanted != MAX_TIMESTAMP).then_some(wanted));
            let (timestamp, offset) = found.await.map_err(|e| e.code())?.unwrap_or((-1, -1));
            // Nothing may have been found because all was forgotten.
            partition.led_bounds()?;
            Ok((timestamp, offset, epoch))
        }
    }
}
