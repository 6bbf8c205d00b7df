use common_types::TenantId;
use futures_util::future::BoxFuture;

use super::{DataPlaneError, NewRecord, RecordError, Written};

/// What a caller does with their cluster, as a Kafka client with the caller's key would: the brokers
/// decide what the owner of the key may do.
pub trait KafkaClient: Send + Sync {
    /// The brokers, by id, as clients reach them.
    fn brokers(&self, who: KeyOwner) -> BoxFuture<'_, Result<Vec<BrokerInfo>, DataPlaneError>>;

    /// The groups that the caller may see, by id, without their members.
    fn groups(&self, who: KeyOwner) -> BoxFuture<'_, Result<Vec<GroupInfo>, DataPlaneError>>;

    /// One group; `None` when there is none.
    fn group(
        &self,
        who: KeyOwner,
        id: String,
    ) -> BoxFuture<'_, Result<Option<GroupInfo>, DataPlaneError>>;

    /// How far a group has read, by topic and partition: those with a committed offset.
    fn offsets(
        &self,
        who: KeyOwner,
        id: String,
    ) -> BoxFuture<'_, Result<Vec<GroupOffset>, DataPlaneError>>;

    /// Writes records to a topic and waits until they are durable: one answer a record, in their order.
    /// Those of one partition are written in their order.
    fn produce(
        &self,
        who: KeyOwner,
        topic: String,
        records: Vec<NewRecord>,
    ) -> BoxFuture<'_, Vec<Result<Written, RecordError>>>;
}

/// For whom a broker is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOwner {
    /// The cluster.
    pub tenant: TenantId,
    /// The key that the caller showed.
    pub key: String,
}

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerInfo {
    /// Its number.
    pub id: i32,
    /// Where clients reach it.
    pub host: String,
    /// Where clients reach it.
    pub port: i32,
}

/// A consumer group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupInfo {
    /// Unique within the tenant.
    pub id: String,
    /// Kafka's name of its state, `Stable` for example.
    pub state: String,
    /// How members share out the work; empty when it has none.
    pub assignor: String,
    /// Whether nobody ever joined it: it holds offsets alone.
    pub is_simple: bool,
    /// Broker id of its coordinator.
    pub coordinator: i32,
    /// Who belongs to it, by id.
    pub members: Vec<GroupMember>,
}

/// A member of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupMember {
    /// Its id.
    pub id: String,
    /// Its name, where it is a static one.
    pub instance_id: Option<String>,
    /// What its client calls itself.
    pub client_id: String,
    /// The partitions that it reads: topic and index.
    pub assignment: Vec<(String, i32)>,
}

/// How far a group has read a partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupOffset {
    /// The topic.
    pub topic: String,
    /// Counted from 0.
    pub partition: i32,
    /// The next record that the group wants.
    pub committed: i64,
    /// The next record that will be written.
    pub end: i64,
}
