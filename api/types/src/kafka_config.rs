use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::KafkaMeta;

/// One configuration of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaTopicConfig {
    /// `KafkaTopicConfig` or `KafkaTopicDefaultConfig`
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
    /// Kafka's name of it.
    pub name: String,
    /// Null when there is none or it is a secret.
    #[serde(default)]
    #[schema(required = true)]
    pub value: Option<String>,
    /// Whether nobody overrode it.
    #[serde(default)]
    #[schema(required = true)]
    pub is_default: bool,
    /// Whether it can be set.
    #[serde(default)]
    #[schema(required = true)]
    pub is_read_only: bool,
    /// Whether it is a secret.
    #[serde(default)]
    #[schema(required = true)]
    pub is_sensitive: bool,
    /// Where the value comes from. Only `DYNAMIC_TOPIC_CONFIG` was set for this topic.
    #[serde(default)]
    #[schema(required = true)]
    pub source: String,
    /// Every value that applies, the strongest first.
    #[serde(default)]
    #[schema(required = true)]
    pub synonyms: Vec<KafkaConfigSynonym>,
}

/// One value that applies to a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaConfigSynonym {
    /// Name at its source.
    pub name: String,
    /// The value there.
    #[serde(default)]
    #[schema(required = true)]
    pub value: Option<String>,
    /// The source.
    pub source: String,
}

/// What a client sends to change several configurations at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfigAlter {
    /// Required. All are applied or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Vec<ConfigAlterItem>>,
    /// Check alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate_only: Option<bool>,
}

/// One change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfigAlterItem {
    /// Kafka's name of it.
    pub name: String,
    /// The new value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// `SET` (the default) or `DELETE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
}

/// What a client sends to set one configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfigSet {
    /// The new value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}
