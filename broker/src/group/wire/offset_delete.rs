use common_types::TenantId;
use kafka_protocol::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use kafka_protocol::messages::{OffsetDeleteRequest, OffsetDeleteResponse, TopicName};

use super::offset_commit::{Resolve, refusal};
use super::text::{code, str_bytes, text};
use crate::group::{
    CommitResult, DeleteOffsetsRequest, DeleteOffsetsResponse, DeleteOffsetsTopic, GroupKey,
    TopicResults,
};

/// The question of an OffsetDelete request.
#[must_use]
pub fn delete_offsets_from_wire(
    tenant: TenantId,
    request: &OffsetDeleteRequest,
    resolve: &Resolve<'_>,
) -> DeleteOffsetsRequest {
    let topic = |t: &kafka_protocol::messages::offset_delete_request::OffsetDeleteRequestTopic| {
        let found = resolve(t.name.as_str());
        let indexes = t.partitions.iter().map(|p| p.partition_index);
        DeleteOffsetsTopic {
            name: text(&t.name),
            partitions: indexes.map(|p| (p, refusal(found, p))).collect(),
        }
    };
    DeleteOffsetsRequest {
        key: GroupKey { tenant, group: text(&request.group_id) },
        topics: request.topics.iter().map(topic).collect(),
    }
}

/// The answer to an OffsetDelete request.
#[must_use]
pub fn delete_offsets_to_wire(response: &DeleteOffsetsResponse) -> OffsetDeleteResponse {
    let partition = |p: &CommitResult| {
        OffsetDeleteResponsePartition::default()
            .with_partition_index(p.partition)
            .with_error_code(code(&p.result))
    };
    let topic = |t: &TopicResults| {
        OffsetDeleteResponseTopic::default()
            .with_name(TopicName(str_bytes(&t.name)))
            .with_partitions(t.partitions.iter().map(partition).collect())
    };
    match response {
        Ok(topics) => {
            OffsetDeleteResponse::default().with_topics(topics.iter().map(topic).collect())
        }
        Err(error) => OffsetDeleteResponse::default().with_error_code(error.code()),
    }
}
