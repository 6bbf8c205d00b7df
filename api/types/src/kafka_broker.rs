use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{KafkaMeta, Related};

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaBroker {
    /// `KafkaBroker`
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
    /// Its number.
    pub broker_id: i32,
    /// Where clients reach it.
    #[serde(default)]
    #[schema(required = true)]
    pub host: Option<String>,
    /// Where clients reach it.
    #[serde(default)]
    #[schema(required = true)]
    pub port: Option<i32>,
    /// Always null.
    #[serde(default)]
    #[schema(required = true)]
    pub rack: Option<String>,
}

/// A broker's part in a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaReplica {
    /// `KafkaReplica`
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
    #[serde(default)]
    #[schema(required = true)]
    pub partition_id: i32,
    /// The broker.
    pub broker_id: i32,
    /// Whether records are written and read there.
    pub is_leader: bool,
    /// Whether it could lead at once.
    pub is_in_sync: bool,
    /// Link.
    #[serde(default)]
    #[schema(required = true)]
    pub broker: Related,
}
