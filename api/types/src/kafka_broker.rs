use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{KafkaMeta, Related};

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaBroker {
    /// `KafkaBroker`
    #[serde(default)]
    pub kind: String,
    /// Links.
    #[serde(default)]
    pub metadata: KafkaMeta,
    /// `lkc-…`
    #[serde(default)]
    pub cluster_id: String,
    /// Its number.
    pub broker_id: i32,
    /// Where clients reach it.
    #[serde(default)]
    pub host: Option<String>,
    /// Where clients reach it.
    #[serde(default)]
    pub port: Option<i32>,
    /// Always null.
    #[serde(default)]
    pub rack: Option<String>,
}

/// A broker's part in a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaReplica {
    /// `KafkaReplica`
    #[serde(default)]
    pub kind: String,
    /// Links.
    #[serde(default)]
    pub metadata: KafkaMeta,
    /// `lkc-…`
    #[serde(default)]
    pub cluster_id: String,
    /// The topic.
    #[serde(default)]
    pub topic_name: String,
    /// Counted from 0.
    #[serde(default)]
    pub partition_id: i32,
    /// The broker.
    pub broker_id: i32,
    /// Whether records are written and read there.
    pub is_leader: bool,
    /// Whether it could lead at once.
    pub is_in_sync: bool,
    /// Link.
    #[serde(default)]
    pub broker: Related,
}
