//! OffsetForLeaderEpoch (key 23): where a leader epoch ended (KIP-101, KIP-320).

use std::sync::Arc;

use bytes::Bytes;
use common_types::acl::Operation;
use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderTopicResult,
};
use kafka_protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};
use protocol::error_code;

use super::allowed;
use super::fetch::check_epoch;
use crate::cell::Cell;
use crate::server::{BadRequest, Request};

pub(super) fn handle(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: OffsetForLeaderEpochRequest = r.decode()?;
    let topics = request
        .topics
        .into_iter()
        .map(|t| {
            let topic = cell.topic(r.session.tenant, &t.topic);
            let partitions = t
                .partitions
                .iter()
                .map(|p| {
                    let found = allowed::on_topic(cell, r.into(), Operation::Describe, &t.topic);
                    let found = found.and_then(|()| {
                        topic
                            .as_ref()
                            .and_then(|t| t.partition(p.partition))
                            .ok_or(error_code::UNKNOWN_TOPIC_OR_PARTITION)
                    });
                    let end = found.and_then(|partition| {
                        check_epoch(p.current_leader_epoch, partition)?;
                        let current = partition.pg.epoch();
                        let end = partition.state.lock().epoch_end(p.leader_epoch, current);
                        // It may have been forgotten just before.
                        partition.led_bounds()?;
                        Ok(end)
                    });
                    let answer = EpochEndOffset::default().with_partition(p.partition);
                    match end {
                        Ok(Some((epoch, offset))) => {
                            answer.with_leader_epoch(epoch).with_end_offset(offset)
                        }
                        Ok(None) => answer.with_leader_epoch(-1).with_end_offset(-1),
                        Err(code) => {
                            answer.with_error_code(code).with_leader_epoch(-1).with_end_offset(-1)
                        }
                    }
                })
                .collect();
            OffsetForLeaderTopicResult::default().with_topic(t.topic).with_partitions(partitions)
        })
        .collect();
    r.answer(&OffsetForLeaderEpochResponse::default().with_topics(topics))
}
