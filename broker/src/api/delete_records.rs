//! DeleteRecords (key 21): moves the log start, durably, before the answer.

use std::sync::Arc;

use bytes::Bytes;
use common_types::acl::Operation;
use kafka_protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use kafka_protocol::messages::{DeleteRecordsRequest, DeleteRecordsResponse};
use protocol::error_code;

use super::allowed;
use crate::cell::Cell;
use crate::server::{BadRequest, Request};

const HIGH_WATERMARK: i64 = -1;

pub(super) async fn handle(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: DeleteRecordsRequest = r.decode()?;
    let mut topics = Vec::with_capacity(request.topics.len());
    for t in request.topics {
        let mut partitions = Vec::with_capacity(t.partitions.len());
        for p in &t.partitions {
            let made = one(cell, r, &t.name, p.partition_index, p.offset).await;
            let (code, low) = match made {
                Ok(low) => (error_code::NONE, low),
                Err(code) => (code, -1),
            };
            partitions.push(
                DeleteRecordsPartitionResult::default()
                    .with_partition_index(p.partition_index)
                    .with_low_watermark(low)
                    .with_error_code(code),
            );
        }
        topics.push(
            DeleteRecordsTopicResult::default().with_name(t.name).with_partitions(partitions),
        );
    }
    r.answer(&DeleteRecordsResponse::default().with_topics(topics))
}

async fn one(
    cell: &Arc<Cell>,
    r: &Request<'_>,
    topic: &str,
    index: i32,
    offset: i64,
) -> Result<i64, i16> {
    allowed::on_topic(cell, r.into(), Operation::Delete, topic)?;
    let topic = cell.topic(r.session.tenant, topic);
    let partition = topic
        .as_ref()
        .and_then(|t| t.partition(index))
        .ok_or(error_code::UNKNOWN_TOPIC_OR_PARTITION)?;
    let (log_start, high_watermark) = partition.led_bounds()?;
    let offset = if offset == HIGH_WATERMARK { high_watermark } else { offset };
    if offset < 0 || offset > high_watermark {
        return Err(error_code::OFFSET_OUT_OF_RANGE);
    }
    if offset > log_start {
        let ticket = partition.move_log_start(&cell.wal, offset).map_err(|e| e.code())?;
        if !cell.wal.durable(ticket).await {
            return Err(error_code::KAFKA_STORAGE_ERROR);
        }
    }
    partition.led_bounds().map(|bounds| bounds.0)
}
