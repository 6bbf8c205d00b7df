use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every failed request of `kafka/v3`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaError {
    /// The HTTP status, or the status followed by two digits.
    pub error_code: i32,
    /// What went wrong.
    pub message: String,
}

/// Where an object of a cluster is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaMeta {
    /// The object's own URL.
    #[serde(rename = "self")]
    pub self_url: String,
    /// `crn:///kafka=lkc-…/…`
    #[serde(default)]
    #[schema(required = true)]
    pub resource_name: String,
}

/// Where a list of a cluster is. These lists have one page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaListMeta {
    /// The list's own URL.
    #[serde(rename = "self")]
    pub self_url: String,
    /// Always null.
    #[serde(default)]
    #[schema(required = true)]
    pub next: Option<String>,
}

/// All objects of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaList<T> {
    /// `Kafka…List`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// Where this list is.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: KafkaListMeta,
    /// The objects.
    pub data: Vec<T>,
}

/// A link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Related {
    /// URL.
    pub related: String,
}

/// A cluster as its data plane shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaCluster {
    /// `KafkaCluster`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// Links.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: KafkaMeta,
    /// `lkc-…`
    pub cluster_id: String,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub acls: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub brokers: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub broker_configs: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub consumer_groups: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub topics: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub partition_reassignments: Related,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaTopic {
    /// `KafkaTopic`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// Links.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: KafkaMeta,
    /// `lkc-…`
    #[serde(default)]
    #[schema(required = true)]
    pub cluster_id: String,
    /// Unique within the cluster.
    pub topic_name: String,
    /// Whether the system owns it.
    #[serde(default)]
    #[schema(required = true)]
    pub is_internal: bool,
    /// As asked; durability does not come from it.
    #[serde(default)]
    #[schema(required = true)]
    pub replication_factor: i32,
    /// Number of partitions.
    #[serde(default)]
    #[schema(required = true)]
    pub partitions_count: i32,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub partitions: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub configs: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub partition_reassignments: Related,
    /// What the caller may do with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub authorized_operations: Option<Vec<String>>,
    /// Only while the topic waits for its cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<TopicStatus>,
}

/// Why a topic is not there yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TopicStatus {
    /// `PENDING`, or `FAILED` when the cell refused it.
    pub phase: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
}

/// What a client sends to create a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TopicCreate {
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_name: Option<String>,
    /// Default: the cell's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions_count: Option<i32>,
    /// Default: the cell's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication_factor: Option<i32>,
    /// Overrides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configs: Option<Vec<TopicCreateConfig>>,
    /// Check alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate_only: Option<bool>,
}

/// One override of a new topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TopicCreateConfig {
    /// Kafka's name of it.
    pub name: String,
    /// The value; null is the default.
    #[serde(default)]
    pub value: Option<String>,
}

/// What a client sends to raise the number of partitions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartitionsUpdate {
    /// Required: the new total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions_count: Option<i32>,
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaPartition {
    /// `KafkaPartition`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// Links.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: KafkaMeta,
    /// `lkc-…`
    #[serde(default)]
    #[schema(required = true)]
    pub cluster_id: String,
    /// The topic.
    #[serde(default)]
    #[schema(required = true)]
    pub topic_name: String,
    /// Counted from 0.
    pub partition_id: i32,
    /// Link to the leader, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub leader: Option<Related>,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub replicas: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub reassignment: Related,
}
