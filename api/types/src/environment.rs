use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ObjectMeta;

/// A place for clusters that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Environment {
    /// `org/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `Environment`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `env-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Unique within the organisation.
    pub display_name: String,
    /// Schema governance, where it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stream_governance_config: Option<GovernanceConfig>,
}

/// Schema governance of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GovernanceConfig {
    /// `ESSENTIALS` or `ADVANCED`.
    pub package: String,
}

/// What a client sends to create or change an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnvironmentRequest {
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Turns governance on, or raises its package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_governance_config: Option<GovernanceConfig>,
}
