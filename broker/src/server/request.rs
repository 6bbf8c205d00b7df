use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use common_types::limits::REQUEST_WITHOUT_RECORDS_MAX;
use kafka_protocol::protocol::{Decodable, Encodable};
use protocol::header::{begin_response, finish_response};
use protocol::shape;
use protocol::versions::Offered;
use storage::meta::BrokerRow;

use crate::cell::Session;

/// Where a request came in: decides the addresses that are told to the client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listener {
    pub(crate) tls: bool,
}

impl Listener {
    /// Where a broker is reached by those who come in here.
    pub(crate) fn of<'a>(&self, broker: &'a BrokerRow) -> (&'a str, u16) {
        let (host, port) = if self.tls { &broker.tls } else { &broker.plain };
        (host, *port)
    }
}

/// One request of an authenticated connection.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) api: &'static Offered,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
    pub(crate) client_id: &'a str,
    pub(crate) client_address: IpAddr,
    pub(crate) session: &'a Session,
    pub(crate) listener: &'a Listener,
    pub(crate) body: Bytes,
    pub(crate) throttle: Throttle,
}

/// For how long a client is to be still after an answer: the handler says so, the connection keeps to it.
#[derive(Debug, Default)]
pub(crate) struct Throttle(AtomicU32);

impl Throttle {
    /// Says so. Returns it as answers have it: whole milliseconds, rounded up.
    pub(crate) fn set(&self, still: Duration) -> i32 {
        let ms = throttle_ms(still);
        self.0.store(ms.unsigned_abs(), Ordering::Relaxed);
        ms
    }

    pub(super) fn get(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed).into())
    }
}

/// A time as `throttle_time_ms` says it.
pub(crate) fn throttle_ms(still: Duration) -> i32 {
    i32::try_from(still.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
}

/// A request that cannot be read, or an answer that its version cannot say.
#[derive(Debug, thiserror::Error)]
#[error("malformed message: {0}")]
pub(crate) struct BadRequest(pub(crate) String);

impl Request<'_> {
    /// Decodes the body.
    pub(crate) fn decode<T: Decodable>(&self) -> Result<T, BadRequest> {
        decode(self.api.key, self.version, self.body.clone())
    }

    /// Encodes an answer.
    pub(crate) fn answer<T: Encodable>(&self, message: &T) -> Result<Bytes, BadRequest> {
        encode(self.correlation_id, self.api, self.version, message)
    }
}

/// Decodes the body of a request, once its lengths are known to be true.
pub(crate) fn decode<T: Decodable>(
    api: i16,
    version: i16,
    mut body: Bytes,
) -> Result<T, BadRequest> {
    if body.len() > REQUEST_WITHOUT_RECORDS_MAX {
        let text = format!("{} bytes, at most {REQUEST_WITHOUT_RECORDS_MAX} are read", body.len());
        return Err(BadRequest(text));
    }
    shape::check(api, version, &body).map_err(|e| BadRequest(e.to_string()))?;
    T::decode(&mut body, version).map_err(|e| BadRequest(e.to_string()))
}

/// Encodes an answer, header and length included.
pub(crate) fn encode<T: Encodable>(
    correlation_id: i32,
    api: &Offered,
    version: i16,
    message: &T,
) -> Result<Bytes, BadRequest> {
    let mut out = BytesMut::with_capacity(256);
    // The answer to ApiVersions has the old header in every version (KIP-511).
    let flexible =
        version >= api.first_flexible && api.key != protocol::versions::key::API_VERSIONS;
    begin_response(&mut out, correlation_id, flexible);
    message
        .encode(&mut out, version)
        .map_err(|e| BadRequest(format!("answer of API {} version {version}: {e}", api.key)))?;
    let size = out.len() - 4;
    finish_response(&mut out, size);
    Ok(out.freeze())
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages as m;
    use kafka_protocol::protocol::{Request as WireRequest, StrBytes};
    use protocol::versions::offered;

    use super::*;

    /// Every version of a request, encoded by another implementation, walks to its last byte.
    fn walks<T: WireRequest + Default>(message: &T) {
        let api = offered(T::KEY).expect("offered");
        for version in api.min_served..=api.max {
            let mut body = BytesMut::new();
            if message.encode(&mut body, version).is_err() {
                // The sample sets a field that this version lacks; the empty message stands in.
                body.clear();
                T::default().encode(&mut body, version).expect("an empty message can be encoded");
            }
            let whole = body.len();
            shape::check(T::KEY, version, &body)
                .unwrap_or_else(|e| panic!("API {} version {version}: {e}", T::KEY));
            for cut in 0..whole {
                let short = shape::check(T::KEY, version, &body[..cut]);
                assert!(short.is_err(), "API {} version {version} cut at {cut}", T::KEY);
            }
        }
    }

    fn name() -> m::TopicName {
        m::TopicName(StrBytes::from_static_str("orders"))
    }

    #[test]
    fn shapes_agree_with_another_implementation() {
        use m::fetch_request::{FetchPartition, FetchTopic};
        let partition = FetchPartition::default().with_partition(1);
        walks(&m::FetchRequest::default());
        walks(&m::FetchRequest::default().with_topics(vec![
            FetchTopic::default().with_topic(name()).with_partitions(vec![partition.clone()]),
        ]));
        walks(&m::FetchRequest::default().with_topics(vec![
            FetchTopic::default().with_topic_id(uuid::Uuid::max()).with_partitions(vec![partition]),
        ]));
        use m::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
        let topic = ListOffsetsTopic::default().with_name(name());
        walks(
            &m::ListOffsetsRequest::default()
                .with_topics(vec![topic.with_partitions(vec![ListOffsetsPartition::default()])]),
        );
        use m::metadata_request::MetadataRequestTopic;
        let topic = MetadataRequestTopic::default().with_name(Some(name()));
        walks(&m::MetadataRequest::default().with_topics(Some(vec![topic])));
        use m::create_topics_request::{
            CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
        };
        let topic = CreatableTopic::default()
            .with_name(name())
            .with_assignments(vec![
                CreatableReplicaAssignment::default().with_broker_ids(vec![1.into()]),
            ])
            .with_configs(vec![CreatableTopicConfig::default()]);
        walks(&m::CreateTopicsRequest::default().with_topics(vec![topic]));
        walks(&m::DeleteTopicsRequest::default().with_topic_names(vec![name()]));
        use m::delete_topics_request::DeleteTopicState;
        let topic = DeleteTopicState::default().with_name(Some(name()));
        walks(&m::DeleteTopicsRequest::default().with_topics(vec![topic]));
    }

    #[test]
    fn shapes_of_group_requests_agree() {
        use m::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
        let partition = OffsetCommitRequestPartition::default();
        let topic =
            OffsetCommitRequestTopic::default().with_name(name()).with_partitions(vec![partition]);
        walks(&m::OffsetCommitRequest::default().with_topics(vec![topic]));
        use m::offset_fetch_request as of;
        let topic = of::OffsetFetchRequestTopic::default().with_partition_indexes(vec![1, 2]);
        walks(&m::OffsetFetchRequest::default().with_topics(Some(vec![topic])));
        let topic = of::OffsetFetchRequestTopics::default().with_partition_indexes(vec![1]);
        let group = of::OffsetFetchRequestGroup::default().with_topics(Some(vec![topic]));
        walks(&m::OffsetFetchRequest::default().with_groups(vec![group]));
        use m::join_group_request::JoinGroupRequestProtocol;
        walks(&m::JoinGroupRequest::default().with_protocols(vec![
            JoinGroupRequestProtocol::default().with_metadata(Bytes::from_static(b"x")),
        ]));
        use m::sync_group_request::SyncGroupRequestAssignment;
        walks(&m::SyncGroupRequest::default().with_assignments(vec![
            SyncGroupRequestAssignment::default().with_assignment(Bytes::from_static(b"x")),
        ]));
        walks(&m::HeartbeatRequest::default());
        walks(&m::LeaveGroupRequest::default());
        use m::leave_group_request::MemberIdentity;
        walks(&m::LeaveGroupRequest::default().with_members(vec![MemberIdentity::default()]));
        walks(&m::DescribeGroupsRequest::default().with_groups(vec![m::GroupId::default()]));
        walks(&m::DeleteGroupsRequest::default().with_groups_names(vec![m::GroupId::default()]));
        walks(&m::ListGroupsRequest::default().with_states_filter(vec![StrBytes::default()]));
        walks(&m::FindCoordinatorRequest::default());
        walks(
            &m::FindCoordinatorRequest::default().with_coordinator_keys(vec![StrBytes::default()]),
        );
        use m::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
        let partition = OffsetDeleteRequestPartition::default();
        walks(&m::OffsetDeleteRequest::default().with_topics(vec![
            OffsetDeleteRequestTopic::default().with_name(name()).with_partitions(vec![partition]),
        ]));
    }

    #[test]
    fn shapes_of_admin_requests_agree() {
        walks(&m::SaslHandshakeRequest::default());
        walks(&m::SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from_static(b"x")));
        walks(&m::InitProducerIdRequest::default());
        walks(&m::DescribeClusterRequest::default());
        use m::describe_configs_request::DescribeConfigsResource;
        let keys = Some(vec![StrBytes::default()]);
        let resource = DescribeConfigsResource::default().with_configuration_keys(keys);
        walks(&m::DescribeConfigsRequest::default().with_resources(vec![resource]));
        use m::alter_configs_request as ac;
        walks(&m::AlterConfigsRequest::default().with_resources(vec![
            ac::AlterConfigsResource::default().with_configs(vec![ac::AlterableConfig::default()]),
        ]));
        use m::incremental_alter_configs_request as ic;
        walks(&m::IncrementalAlterConfigsRequest::default().with_resources(vec![
            ic::AlterConfigsResource::default().with_configs(vec![ic::AlterableConfig::default()]),
        ]));
        use m::create_partitions_request as cp;
        let assignment = cp::CreatePartitionsAssignment::default().with_broker_ids(vec![1.into()]);
        walks(&m::CreatePartitionsRequest::default().with_topics(vec![
            cp::CreatePartitionsTopic::default().with_assignments(Some(vec![assignment])),
        ]));
        use m::delete_records_request as dr;
        let topic = dr::DeleteRecordsTopic::default()
            .with_partitions(vec![dr::DeleteRecordsPartition::default()]);
        walks(&m::DeleteRecordsRequest::default().with_topics(vec![topic]));
        walks(&m::DescribeAclsRequest::default().with_resource_name_filter(None));
        let acl = m::create_acls_request::AclCreation::default();
        walks(&m::CreateAclsRequest::default().with_creations(vec![acl]));
        let filter = m::delete_acls_request::DeleteAclsFilter::default();
        walks(&m::DeleteAclsRequest::default().with_filters(vec![filter]));
        use m::{alter_client_quotas_request as aq, describe_client_quotas_request as dq};
        let component = dq::ComponentData::default().with_match(None);
        walks(&m::DescribeClientQuotasRequest::default().with_components(vec![component]));
        let entry = aq::EntryData::default()
            .with_entity(vec![aq::EntityData::default()])
            .with_ops(vec![aq::OpData::default()]);
        walks(&m::AlterClientQuotasRequest::default().with_entries(vec![entry]));
        use m::offset_for_leader_epoch_request as le;
        let topic = le::OffsetForLeaderTopic::default()
            .with_partitions(vec![le::OffsetForLeaderPartition::default()]);
        walks(&m::OffsetForLeaderEpochRequest::default().with_topics(vec![topic]));
    }
}
