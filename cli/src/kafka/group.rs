use std::collections::BTreeMap;

use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestTopic;
use kafka_protocol::messages::{
    FindCoordinatorRequest, GroupId, OffsetCommitRequest, OffsetFetchRequest, TopicName,
};
use kafka_protocol::protocol::StrBytes;

use super::cluster::{Cluster, join};
use super::connection::Connection;
use super::error::refused;
use crate::error::CliError;

/// A group that remembers offsets. It has no members: nobody rebalances, and a group that other
/// consumers use at the moment refuses the commit.
pub(super) struct Group {
    id: GroupId,
    topic: TopicName,
    coordinator: Connection,
}

impl Group {
    /// Finds the group's coordinator.
    pub(super) async fn open(
        cluster: &mut Cluster,
        group: &str,
        topic: &TopicName,
    ) -> Result<Self, CliError> {
        let key = StrBytes::from_string(group.to_owned());
        let request = FindCoordinatorRequest::default().with_key(key.clone());
        let found = cluster.find_coordinator(&request).await?;
        if found.error_code != 0 {
            let message = found.error_message.as_ref().map(StrBytes::as_str);
            let what = format!("cannot use group \"{group}\"");
            return Err(refused(&what, found.error_code, message));
        }
        let coordinator = cluster.at(&join(found.host.as_str(), found.port)).await?;
        Ok(Self { id: GroupId(key), topic: topic.clone(), coordinator })
    }

    /// The offsets that the group remembers, for partitions that have one.
    pub(super) async fn committed(
        &mut self,
        partitions: Vec<i32>,
    ) -> Result<BTreeMap<i32, i64>, CliError> {
        let topic = OffsetFetchRequestTopic::default()
            .with_name(self.topic.clone())
            .with_partition_indexes(partitions);
        let request = OffsetFetchRequest::default()
            .with_group_id(self.id.clone())
            .with_topics(Some(vec![topic]));
        let response = self.coordinator.call(&request).await?;
        if response.error_code != 0 {
            return Err(self.refuse("read", response.error_code));
        }
        let mut offsets = BTreeMap::new();
        for partition in response.topics.iter().flat_map(|topic| &topic.partitions) {
            if partition.error_code != 0 {
                return Err(self.refuse("read", partition.error_code));
            }
            if partition.committed_offset >= 0 {
                offsets.insert(partition.partition_index, partition.committed_offset);
            }
        }
        Ok(offsets)
    }

    /// Remembers where to go on.
    pub(super) async fn commit(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), CliError> {
        let partitions = positions.iter().map(|(partition, offset)| {
            OffsetCommitRequestPartition::default()
                .with_partition_index(*partition)
                .with_committed_offset(*offset)
                .with_committed_metadata(Some(StrBytes::from_static_str("")))
        });
        let topic = OffsetCommitRequestTopic::default()
            .with_name(self.topic.clone())
            .with_partitions(partitions.collect());
        let request = OffsetCommitRequest::default()
            .with_group_id(self.id.clone())
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        let response = self.coordinator.call(&request).await?;
        let codes = response.topics.iter().flat_map(|t| &t.partitions).map(|p| p.error_code);
        match codes.into_iter().find(|code| *code != 0) {
            Some(code) => Err(self.refuse("commit", code)),
            None => Ok(()),
        }
    }

    fn refuse(&self, action: &str, code: i16) -> CliError {
        let group = self.id.0.as_str();
        refused(&format!("cannot {action} the offsets of group \"{group}\""), code, None)
    }
}
