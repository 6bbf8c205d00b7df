use common_types::TenantId;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::DataPlaneError;

/// The cell that serves the tenants of this control plane.
///
/// Every method works on one tenant. Nothing here retries. A tenant that was never ensured, or was
/// removed, is [`DataPlaneError::UnknownTenant`] for every method but `ensure_tenant`,
/// `remove_tenant` and `tenant_exists`.
pub trait DataPlane: Send + Sync {
    /// Whether the tenant is served.
    fn tenant_exists(&self, tenant: TenantId) -> BoxFuture<'_, Result<bool, DataPlaneError>>;

    /// Makes the tenant exist. Doing it again changes nothing.
    fn ensure_tenant(&self, tenant: TenantId) -> BoxFuture<'_, Result<(), DataPlaneError>>;

    /// Removes the tenant with all its topics, groups and data. Doing it again changes nothing.
    fn remove_tenant(&self, tenant: TenantId) -> BoxFuture<'_, Result<(), DataPlaneError>>;

    /// Creates a topic, or with `validate_only` says what would be created.
    fn create_topic(
        &self,
        tenant: TenantId,
        topic: NewTopic,
    ) -> BoxFuture<'_, Result<TopicInfo, DataPlaneError>>;

    /// All topics of the tenant, ordered by name.
    fn list_topics(
        &self,
        tenant: TenantId,
    ) -> BoxFuture<'_, Result<Vec<TopicInfo>, DataPlaneError>>;

    /// One topic.
    fn topic(
        &self,
        tenant: TenantId,
        name: String,
    ) -> BoxFuture<'_, Result<TopicInfo, DataPlaneError>>;

    /// Deletes a topic and its data.
    fn delete_topic(
        &self,
        tenant: TenantId,
        name: String,
    ) -> BoxFuture<'_, Result<(), DataPlaneError>>;

    /// Raises the number of partitions to `total`. The same number or fewer is
    /// [`DataPlaneError::InvalidPartitions`].
    fn create_partitions(
        &self,
        tenant: TenantId,
        name: String,
        total: i32,
    ) -> BoxFuture<'_, Result<TopicInfo, DataPlaneError>>;

    /// Every configuration of a topic, defaults included, ordered by name.
    fn topic_configs(
        &self,
        tenant: TenantId,
        name: String,
    ) -> BoxFuture<'_, Result<Vec<ConfigEntry>, DataPlaneError>>;

    /// Applies all changes or none; with `validate_only` checks them alone.
    fn alter_topic_configs(
        &self,
        tenant: TenantId,
        name: String,
        changes: Vec<ConfigChange>,
        validate_only: bool,
    ) -> BoxFuture<'_, Result<(), DataPlaneError>>;

    /// The partitions of a topic, ordered by index.
    fn partitions(
        &self,
        tenant: TenantId,
        name: String,
    ) -> BoxFuture<'_, Result<Vec<PartitionInfo>, DataPlaneError>>;
}

/// A topic to create.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Unique within the tenant.
    pub name: String,
    /// `None` is the cell's default.
    pub partitions: Option<i32>,
    /// Accepted as asked and reported back: durability does not come from it.
    pub replication_factor: Option<i32>,
    /// Overrides, in the order given. `None` as value is the default.
    pub configs: Vec<(String, Option<String>)>,
    /// Check alone, create nothing.
    pub validate_only: bool,
}

/// A topic as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicInfo {
    /// Unique within the tenant.
    pub name: String,
    /// Kafka's topic id.
    pub id: Uuid,
    /// A topic of the system, not of a person.
    pub is_internal: bool,
    /// Number of partitions.
    pub partitions: i32,
    /// As asked at creation, else the cell's default.
    pub replication_factor: i32,
}

/// One configuration of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Kafka's name of it.
    pub name: String,
    /// `None` when there is none or it is sensitive.
    pub value: Option<String>,
    /// Whether nobody overrode it for this topic.
    pub is_default: bool,
    /// Whether it can be set at all.
    pub is_read_only: bool,
    /// Whether the value is a secret.
    pub is_sensitive: bool,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Every value that applies, the strongest first.
    pub synonyms: Vec<ConfigSynonym>,
}

/// One value that applies to a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSynonym {
    /// Name at its source.
    pub name: String,
    /// The value there.
    pub value: Option<String>,
    /// The source.
    pub source: ConfigSource,
}

/// Where a configuration comes from, in Kafka's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigSource {
    /// Set for this topic: the only source that clients show as configured.
    DynamicTopic,
    /// Set for all brokers.
    DynamicDefaultBroker,
    /// Built in.
    Default,
}

/// One change of one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigChange {
    /// Overrides the value for this topic.
    Set {
        /// Kafka's name of it.
        name: String,
        /// The new value.
        value: String,
    },
    /// Removes the override, so that the default applies.
    Delete {
        /// Kafka's name of it.
        name: String,
    },
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionInfo {
    /// Counted from 0.
    pub index: i32,
    /// Broker id of the leader, if there is one.
    pub leader: Option<i32>,
    /// Broker ids that hold it.
    pub replicas: Vec<i32>,
    /// Those of `replicas` that are in sync.
    pub isr: Vec<i32>,
}
