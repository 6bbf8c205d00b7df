//! Kafka requests for the owner of a key, behind the port of the control plane.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use api_app::{
    BrokerInfo, DataPlaneError, GroupInfo, GroupMember, GroupOffset, KafkaClient, KeyOwner,
    NewRecord, RecordError, Written,
};
use broker::member::Member;
use broker::server::{OnBehalfError, Server};
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use kafka_protocol::messages::describe_groups_response::DescribedGroup;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{
    BrokerId, DescribeGroupsRequest, FindCoordinatorRequest, GroupId, ListGroupsRequest,
    ListOffsetsRequest, MetadataRequest, OffsetFetchRequest, RequestHeader, ResponseHeader,
    TopicName,
};
use kafka_protocol::protocol::{
    Decodable as _, Encodable as _, HeaderVersion as _, Request, StrBytes,
};
use protocol::error_code;

use super::assignment::partitions_of;

/// Kafka's name for the end of a partition.
const LATEST: i64 = -1;
/// The largest versions before requests about many groups, and topics by id.
const FIND_COORDINATOR: i16 = 3;
const OFFSET_FETCH: i16 = 7;
pub(super) const METADATA: i16 = 9;
const LIST_OFFSETS: i16 = 7;
const LIST_GROUPS: i16 = 4;
const DESCRIBE_GROUPS: i16 = 5;

type Answer<T> = Result<T, DataPlaneError>;

/// The brokers of the cell, asked as the owner of a key would ask them.
#[derive(Debug, Clone)]
pub(super) struct KafkaPort {
    server: Arc<Server>,
    member: Option<Arc<Member>>,
    /// Counts, so that records without a key go to one partition after the other.
    turn: Arc<AtomicUsize>,
}

impl KafkaPort {
    /// `member` where the cell has other brokers.
    pub(super) fn new(server: Arc<Server>, member: Option<Arc<Member>>) -> Self {
        Self { server, member, turn: Arc::default() }
    }

    /// Asks one broker.
    pub(super) async fn call<R: Request>(
        &self,
        who: &KeyOwner,
        broker: i32,
        version: i16,
        request: &R,
    ) -> Answer<R::Response> {
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_client_id(Some(StrBytes::from_static_str("weir-rest")));
        let mut frame = BytesMut::new();
        let internal = |e: anyhow::Error| DataPlaneError::Internal(e.to_string());
        header.encode(&mut frame, R::header_version(version)).map_err(internal)?;
        request.encode(&mut frame, version).map_err(internal)?;
        let mut answer = self.send(who, broker, frame.freeze()).await?;
        ResponseHeader::decode(&mut answer, R::Response::header_version(version))
            .map_err(internal)?;
        R::Response::decode(&mut answer, version).map_err(internal)
    }

    async fn send(&self, who: &KeyOwner, broker: i32, frame: Bytes) -> Answer<Bytes> {
        let away = DataPlaneError::Unavailable;
        match &self.member {
            Some(member) if broker != self.own() => {
                let answer = member.ask_for(broker, who.tenant, who.key.clone(), frame).await;
                answer.map_err(away)
            }
            _ => {
                let answer = self.server.answer_for(who.tenant, &who.key, frame).await;
                answer.map_err(|e| match e {
                    // This process knows the keys as they are: it was deleted.
                    OnBehalfError::UnknownKey => DataPlaneError::Forbidden(e.to_string()),
                    e => away(e.to_string()),
                })
            }
        }
    }

    pub(super) fn own(&self) -> i32 {
        self.server.cell().settings().broker_id
    }

    pub(super) fn next_turn(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    fn broker_ids(&self) -> Vec<i32> {
        self.server.cell().metadata().brokers().values().map(|row| row.id).collect()
    }

    async fn members(&self, who: KeyOwner) -> Answer<Vec<BrokerInfo>> {
        let request = MetadataRequest::default()
            .with_topics(Some(Vec::new()))
            .with_allow_auto_topic_creation(false);
        let found = self.call(&who, self.own(), METADATA, &request).await?;
        let mut brokers: Vec<BrokerInfo> = found
            .brokers
            .into_iter()
            .map(|b| BrokerInfo { id: b.node_id.0, host: b.host.to_string(), port: b.port })
            .collect();
        brokers.sort_by_key(|broker| broker.id);
        Ok(brokers)
    }

    async fn list(&self, who: KeyOwner) -> Answer<Vec<GroupInfo>> {
        let mut groups = Vec::new();
        for broker in self.broker_ids() {
            let request = ListGroupsRequest::default();
            let listed = self.call(&who, broker, LIST_GROUPS, &request).await?;
            check(listed.error_code, "list groups")?;
            let ids: Vec<GroupId> = listed.groups.into_iter().map(|g| g.group_id).collect();
            if !ids.is_empty() {
                let request = DescribeGroupsRequest::default().with_groups(ids);
                let described = self.call(&who, broker, DESCRIBE_GROUPS, &request).await?;
                let there = described.groups.into_iter().filter(|g| g.error_code == 0);
                groups.extend(there.map(|g| info(g, broker)));
            }
        }
        groups.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(groups)
    }

    async fn coordinator(&self, who: &KeyOwner, id: &str) -> Answer<i32> {
        let request = FindCoordinatorRequest::default().with_key(StrBytes::from_string(id.into()));
        let found = self.call(who, self.own(), FIND_COORDINATOR, &request).await?;
        check(found.error_code, &format!("use group {id:?}"))?;
        Ok(found.node_id.0)
    }

    async fn describe(&self, who: KeyOwner, id: String) -> Answer<Option<GroupInfo>> {
        let broker = self.coordinator(&who, &id).await?;
        let group = GroupId(StrBytes::from_string(id.clone()));
        let request = DescribeGroupsRequest::default().with_groups(vec![group]);
        let described = self.call(&who, broker, DESCRIBE_GROUPS, &request).await?;
        let Some(group) = described.groups.into_iter().next() else { return Ok(None) };
        check(group.error_code, &format!("read group {id:?}"))?;
        Ok(Some(info(group, broker)).filter(|group| group.state != "Dead"))
    }

    async fn committed(&self, who: KeyOwner, id: String) -> Answer<Vec<GroupOffset>> {
        let broker = self.coordinator(&who, &id).await?;
        let group = GroupId(StrBytes::from_string(id.clone()));
        let request = OffsetFetchRequest::default().with_group_id(group).with_topics(None);
        let fetched = self.call(&who, broker, OFFSET_FETCH, &request).await?;
        check(fetched.error_code, &format!("read the offsets of group {id:?}"))?;
        let mut offsets = Vec::new();
        for topic in fetched.topics {
            for partition in topic.partitions.iter().filter(|p| p.committed_offset >= 0) {
                offsets.push(GroupOffset {
                    topic: topic.name.to_string(),
                    partition: partition.partition_index,
                    committed: partition.committed_offset,
                    end: 0,
                });
            }
        }
        let ends = self.ends(&who, &offsets).await?;
        // A topic that is gone, or may not be described, has no end.
        offsets.retain_mut(|offset| match ends.get(&(offset.topic.clone(), offset.partition)) {
            Some(end) => {
                offset.end = *end;
                true
            }
            None => false,
        });
        offsets.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        Ok(offsets)
    }

    /// Where the partitions of these offsets end.
    async fn ends(
        &self,
        who: &KeyOwner,
        offsets: &[GroupOffset],
    ) -> Answer<HashMap<(String, i32), i64>> {
        let mut names: Vec<&str> = offsets.iter().map(|offset| offset.topic.as_str()).collect();
        names.dedup();
        let leaders = self.leaders(who, &names).await?;
        let mut by_leader: BTreeMap<i32, BTreeMap<&str, Vec<i32>>> = BTreeMap::new();
        for offset in offsets {
            if let Some(leader) = leaders.get(&(offset.topic.clone(), offset.partition)) {
                let topics = by_leader.entry(*leader).or_default();
                topics.entry(offset.topic.as_str()).or_default().push(offset.partition);
            }
        }
        let mut ends = HashMap::new();
        for (leader, topics) in by_leader {
            let topics = topics.into_iter().map(|(name, partitions)| {
                let asked = partitions.into_iter().map(|index| {
                    ListOffsetsPartition::default()
                        .with_partition_index(index)
                        .with_timestamp(LATEST)
                });
                ListOffsetsTopic::default()
                    .with_name(topic_name(name))
                    .with_partitions(asked.collect())
            });
            let request = ListOffsetsRequest::default()
                .with_replica_id(BrokerId(-1))
                .with_topics(topics.collect());
            let listed = self.call(who, leader, LIST_OFFSETS, &request).await?;
            for topic in listed.topics {
                for p in topic.partitions {
                    check(p.error_code, &format!("find the end of {}", topic.name.as_str()))?;
                    ends.insert((topic.name.to_string(), p.partition_index), p.offset);
                }
            }
        }
        Ok(ends)
    }

    /// Who leads each partition of these topics; those that the caller may not describe are left out.
    async fn leaders(&self, who: &KeyOwner, names: &[&str]) -> Answer<HashMap<(String, i32), i32>> {
        let asked = names
            .iter()
            .map(|name| MetadataRequestTopic::default().with_name(Some(topic_name(name))));
        let request = MetadataRequest::default()
            .with_topics(Some(asked.collect()))
            .with_allow_auto_topic_creation(false);
        let found = self.call(who, self.own(), METADATA, &request).await?;
        let mut leaders = HashMap::new();
        for topic in found.topics {
            let Some(name) = topic.name.filter(|_| topic.error_code == 0) else { continue };
            for partition in topic.partitions {
                check(partition.error_code, &format!("find the leader of {}", name.as_str()))?;
                leaders
                    .insert((name.to_string(), partition.partition_index), partition.leader_id.0);
            }
        }
        Ok(leaders)
    }
}

impl KafkaClient for KafkaPort {
    fn brokers(&self, who: KeyOwner) -> BoxFuture<'_, Answer<Vec<BrokerInfo>>> {
        Box::pin(self.members(who))
    }

    fn groups(&self, who: KeyOwner) -> BoxFuture<'_, Answer<Vec<GroupInfo>>> {
        Box::pin(self.list(who))
    }

    fn group(&self, who: KeyOwner, id: String) -> BoxFuture<'_, Answer<Option<GroupInfo>>> {
        Box::pin(self.describe(who, id))
    }

    fn offsets(&self, who: KeyOwner, id: String) -> BoxFuture<'_, Answer<Vec<GroupOffset>>> {
        Box::pin(self.committed(who, id))
    }

    fn produce(
        &self,
        who: KeyOwner,
        topic: String,
        records: Vec<NewRecord>,
    ) -> BoxFuture<'_, Vec<Result<Written, RecordError>>> {
        Box::pin(async move { self.write(&who, &topic, &records).await })
    }
}

pub(super) fn topic_name(name: &str) -> TopicName {
    TopicName(StrBytes::from_string(name.to_owned()))
}

fn info(group: DescribedGroup, coordinator: i32) -> GroupInfo {
    let members = group.members.into_iter().map(|m| GroupMember {
        id: m.member_id.to_string(),
        instance_id: m.group_instance_id.map(|id| id.to_string()),
        client_id: m.client_id.to_string(),
        assignment: partitions_of(&m.member_assignment),
    });
    GroupInfo {
        id: group.group_id.to_string(),
        state: group.group_state.to_string(),
        assignor: group.protocol_data.to_string(),
        is_simple: group.protocol_type.is_empty(),
        coordinator,
        members: members.collect(),
    }
}

fn check(code: i16, what: &str) -> Answer<()> {
    match code {
        error_code::NONE => Ok(()),
        error_code::TOPIC_AUTHORIZATION_FAILED
        | error_code::GROUP_AUTHORIZATION_FAILED
        | error_code::CLUSTER_AUTHORIZATION_FAILED => Err(DataPlaneError::Forbidden(format!(
            "your role and your ACLs do not allow to {what}; ask an administrator for an ACL"
        ))),
        code => Err(DataPlaneError::Unavailable(format!("cannot {what} now (Kafka code {code})"))),
    }
}
