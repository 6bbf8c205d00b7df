use common_types::TenantId;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{GroupId, OffsetFetchRequest, OffsetFetchResponse, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::offset_commit::Resolve;
use super::text::{str_bytes, text};
use crate::group::{FetchTopic, FetchedOffset, FetchedTopic, GroupError, GroupKey, Text};

/// From here one request asks about many groups.
const GROUPS_SINCE: i16 = 8;
/// From here the group has an error of its own.
const GROUP_ERROR_SINCE: i16 = 2;
/// From here the leader epoch of an offset is told.
const LEADER_EPOCH_SINCE: i16 = 5;

/// What one OffsetFetch request asks about one group.
#[derive(Debug, Clone)]
pub struct FetchQuestion {
    /// Which group.
    pub key: GroupKey,
    /// Which offsets; `None` for all.
    pub topics: Option<Vec<FetchTopic>>,
}

/// A question with its answer.
#[derive(Debug, Clone)]
pub struct FetchAnswer {
    /// What was asked.
    pub question: FetchQuestion,
    /// The offsets, or why the group cannot answer.
    pub result: Result<Vec<FetchedTopic>, GroupError>,
}

/// The questions of an OffsetFetch request.
///
/// A topic that `resolve` does not find has no offsets. One that this client may not use looks the same:
/// whether it exists is not told.
#[must_use]
pub fn offset_fetch_from_wire(
    tenant: TenantId,
    request: &OffsetFetchRequest,
    version: i16,
    resolve: &Resolve<'_>,
) -> Vec<FetchQuestion> {
    let topic = |name: &StrBytes, partitions: &[i32]| FetchTopic {
        name: text(name),
        id: resolve(name.as_str()).ok().map(|t| t.id),
        partitions: partitions.to_vec(),
    };
    if version < GROUPS_SINCE {
        let all = |topics: &Vec<_>| {
            let one =
                |t: &kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestTopic| {
                    topic(&t.name, &t.partition_indexes)
                };
            topics.iter().map(one).collect()
        };
        let key = GroupKey { tenant, group: text(&request.group_id) };
        return vec![FetchQuestion { key, topics: request.topics.as_ref().map(all) }];
    }
    let group = |g: &kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup| {
        let topics = g
            .topics
            .as_ref()
            .map(|topics| topics.iter().map(|t| topic(&t.name, &t.partition_indexes)).collect());
        FetchQuestion { key: GroupKey { tenant, group: text(&g.group_id) }, topics }
    };
    request.groups.iter().map(group).collect()
}

/// The answer to an OffsetFetch request.
#[must_use]
pub fn offset_fetch_to_wire(answers: &[FetchAnswer], version: i16) -> OffsetFetchResponse {
    if version >= GROUPS_SINCE {
        return OffsetFetchResponse::default()
            .with_groups(answers.iter().map(group_to_wire).collect());
    }
    let Some(answer) = answers.first() else { return OffsetFetchResponse::default() };
    match &answer.result {
        Ok(topics) => OffsetFetchResponse::default()
            .with_topics(topics.iter().map(|t| topic_to_wire(t, 0, version)).collect()),
        Err(error) if version >= GROUP_ERROR_SINCE => {
            OffsetFetchResponse::default().with_error_code(error.code())
        }
        Err(error) => {
            let asked = answer.question.topics.iter().flatten();
            let refused = |t| topic_to_wire(&nothing(t), error.code(), version);
            OffsetFetchResponse::default().with_topics(asked.map(refused).collect())
        }
    }
}

fn nothing(topic: &FetchTopic) -> FetchedTopic {
    FetchedTopic {
        name: topic.name.clone(),
        id: topic.id,
        offsets: topic.partitions.iter().map(|p| FetchedOffset::none(*p)).collect(),
    }
}

fn topic_to_wire(topic: &FetchedTopic, code: i16, version: i16) -> OffsetFetchResponseTopic {
    let partition = |o: &FetchedOffset| {
        let epoch = if version >= LEADER_EPOCH_SINCE { o.leader_epoch } else { -1 };
        OffsetFetchResponsePartition::default()
            .with_partition_index(o.partition)
            .with_committed_offset(o.offset)
            .with_committed_leader_epoch(epoch)
            .with_metadata(Some(str_bytes(&o.metadata)))
            .with_error_code(code)
    };
    OffsetFetchResponseTopic::default()
        .with_name(topic_name(&topic.name))
        .with_partitions(topic.offsets.iter().map(partition).collect())
}

fn group_to_wire(answer: &FetchAnswer) -> OffsetFetchResponseGroup {
    let partition = |o: &FetchedOffset| {
        OffsetFetchResponsePartitions::default()
            .with_partition_index(o.partition)
            .with_committed_offset(o.offset)
            .with_committed_leader_epoch(o.leader_epoch)
            .with_metadata(Some(str_bytes(&o.metadata)))
    };
    let topic = |t: &FetchedTopic| {
        OffsetFetchResponseTopics::default()
            .with_name(topic_name(&t.name))
            .with_partitions(t.offsets.iter().map(partition).collect())
    };
    let group = OffsetFetchResponseGroup::default()
        .with_group_id(GroupId(str_bytes(&answer.question.key.group)));
    match &answer.result {
        Ok(topics) => group.with_topics(topics.iter().map(topic).collect()),
        Err(error) => group.with_error_code(error.code()),
    }
}

fn topic_name(name: &Text) -> TopicName {
    TopicName(str_bytes(name))
}
