use common_types::TenantId;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse, TopicName};
use uuid::Uuid;

use super::text::{optional_text, str_bytes, text};
use crate::group::{
    CommitPartition, CommitRequest, CommitResponse, CommitResult, CommitTopic, GroupError,
    GroupKey, TopicResults,
};

/// From here a client understands that a group is not there.
const GROUP_ID_NOT_FOUND_SINCE: i16 = 9;

/// The topic that has a name at this moment.
#[derive(Debug, Clone, Copy)]
pub struct ResolvedTopic {
    /// Its id.
    pub id: Uuid,
    /// How many partitions it has.
    pub partitions: i32,
}

/// Finds a topic of the tenant by name, or says why this client may not use it.
pub type Resolve<'a> = dyn Fn(&str) -> Result<ResolvedTopic, GroupError> + 'a;

/// The question of an OffsetCommit request.
#[must_use]
pub fn commit_from_wire(
    tenant: TenantId,
    request: &OffsetCommitRequest,
    resolve: &Resolve<'_>,
) -> CommitRequest {
    CommitRequest {
        key: GroupKey { tenant, group: text(&request.group_id) },
        generation: request.generation_id_or_member_epoch,
        member_id: text(&request.member_id),
        instance_id: optional_text(request.group_instance_id.as_ref()),
        topics: request.topics.iter().map(|t| topic(t, resolve)).collect(),
    }
}

fn topic(asked: &OffsetCommitRequestTopic, resolve: &Resolve<'_>) -> CommitTopic {
    let found = resolve(asked.name.as_str());
    let partition = |p: &OffsetCommitRequestPartition| CommitPartition {
        partition: p.partition_index,
        offset: p.committed_offset,
        leader_epoch: p.committed_leader_epoch,
        metadata: optional_text(p.committed_metadata.as_ref()).unwrap_or_else(|| "".into()),
        refused: refusal(found, p.partition_index),
    };
    CommitTopic {
        name: text(&asked.name),
        id: found.map_or_else(|_| Uuid::nil(), |t| t.id),
        partitions: asked.partitions.iter().map(partition).collect(),
    }
}

/// Why a partition cannot be used, if so.
pub(super) fn refusal(
    topic: Result<ResolvedTopic, GroupError>,
    partition: i32,
) -> Option<GroupError> {
    match topic {
        Ok(t) if (0..t.partitions).contains(&partition) => None,
        Ok(_) => Some(GroupError::UnknownTopicOrPartition),
        Err(error) => Some(error),
    }
}

/// The answer to an OffsetCommit request.
#[must_use]
pub fn commit_to_wire(response: &CommitResponse, version: i16) -> OffsetCommitResponse {
    let understood = |error: GroupError| match error {
        GroupError::GroupIdNotFound if version < GROUP_ID_NOT_FOUND_SINCE => {
            GroupError::IllegalGeneration
        }
        other => other,
    };
    let partition = |p: &CommitResult| {
        OffsetCommitResponsePartition::default()
            .with_partition_index(p.partition)
            .with_error_code(p.result.err().map_or(0, |e| understood(e).code()))
    };
    let topic = |t: &TopicResults| {
        OffsetCommitResponseTopic::default()
            .with_name(TopicName(str_bytes(&t.name)))
            .with_partitions(t.partitions.iter().map(partition).collect())
    };
    OffsetCommitResponse::default().with_topics(response.topics.iter().map(topic).collect())
}
