use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{KafkaMeta, Related};

/// A consumer group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaConsumerGroup {
    /// `KafkaConsumerGroup`
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
    pub consumer_group_id: String,
    /// Whether it holds offsets alone: nobody ever joined it.
    #[serde(default)]
    #[schema(required = true)]
    pub is_simple: bool,
    /// How members share out the work.
    #[serde(default)]
    #[schema(required = true)]
    pub partition_assignor: String,
    /// `EMPTY`, `PREPARING_REBALANCE`, `COMPLETING_REBALANCE`, `STABLE`, `DEAD` or `UNKNOWN`
    #[serde(default)]
    #[schema(required = true)]
    pub state: String,
    /// `CLASSIC`
    #[serde(default, rename = "type")]
    #[schema(required = true)]
    pub group_type: String,
    /// Always false: no member speaks another protocol.
    #[serde(default)]
    #[schema(required = true)]
    pub is_mixed_consumer_group: bool,
    /// Link to the broker that coordinates it.
    #[serde(default)]
    #[schema(required = true)]
    pub coordinator: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub consumers: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub lag_summary: Related,
}

/// A member of a consumer group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaConsumer {
    /// `KafkaConsumer`
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
    /// The group.
    #[serde(default)]
    #[schema(required = true)]
    pub consumer_group_id: String,
    /// Its id within the group.
    pub consumer_id: String,
    /// Its name, where it is a static one.
    #[serde(default)]
    #[schema(required = true)]
    pub instance_id: Option<String>,
    /// What its client calls itself.
    #[serde(default)]
    #[schema(required = true)]
    pub client_id: String,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub assignments: Related,
}

/// A partition that a member of a group reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaConsumerAssignment {
    /// `KafkaConsumerAssignment`
    #[serde(default)]
    pub kind: String,
    /// Links.
    #[serde(default)]
    pub metadata: KafkaMeta,
    /// `lkc-…`
    #[serde(default)]
    pub cluster_id: String,
    /// The group.
    #[serde(default)]
    pub consumer_group_id: String,
    /// The member.
    #[serde(default)]
    pub consumer_id: String,
    /// The topic.
    pub topic_name: String,
    /// Counted from 0.
    pub partition_id: i32,
    /// Link.
    #[serde(default)]
    pub partition: Related,
    /// Link.
    #[serde(default)]
    pub lag: Related,
}

/// How far a group is behind in one partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaConsumerLag {
    /// `KafkaConsumerLag`
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
    /// The group.
    #[serde(default)]
    #[schema(required = true)]
    pub consumer_group_id: String,
    /// The topic.
    pub topic_name: String,
    /// Counted from 0.
    pub partition_id: i32,
    /// Who reads it; empty when nobody does.
    #[serde(default)]
    #[schema(required = true)]
    pub consumer_id: String,
    /// The name of who reads it, where it is a static one.
    #[serde(default)]
    #[schema(required = true)]
    pub instance_id: Option<String>,
    /// What the client of who reads it calls itself; empty when nobody does.
    #[serde(default)]
    #[schema(required = true)]
    pub client_id: String,
    /// The next record that the group wants.
    pub current_offset: i64,
    /// The next record that will be written.
    pub log_end_offset: i64,
    /// Records that are written and not read.
    pub lag: i64,
}

/// How far a group is behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaConsumerGroupLagSummary {
    /// `KafkaConsumerGroupLagSummary`
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
    /// The group.
    #[serde(default)]
    #[schema(required = true)]
    pub consumer_group_id: String,
    /// Who reads the partition with the largest lag; empty when nobody does.
    #[serde(default)]
    #[schema(required = true)]
    pub max_lag_consumer_id: String,
    /// The name of that one, where it is a static one.
    #[serde(default)]
    #[schema(required = true)]
    pub max_lag_instance_id: Option<String>,
    /// What the client of that one calls itself.
    #[serde(default)]
    #[schema(required = true)]
    pub max_lag_client_id: String,
    /// The topic of that partition.
    pub max_lag_topic_name: String,
    /// That partition.
    pub max_lag_partition_id: i32,
    /// The largest lag of a partition.
    pub max_lag: i64,
    /// The lags of all partitions together.
    pub total_lag: i64,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub max_lag_consumer: Related,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub max_lag_partition: Related,
}
