use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ObjectMeta;

/// A role that a principal has on a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoleBinding {
    /// `iam/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `RoleBinding`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `rb-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// `User:sa-…` or `User:u-…`.
    pub principal: String,
    /// The role, as in the catalogue of roles: `EnvironmentAdmin`, `DeveloperRead`, …
    pub role_name: String,
    /// The scope: the organization, an environment, a cluster, or topics, groups and transactional ids of
    /// one, by name or by the start of names with a `*` at the end.
    pub crn_pattern: String,
}

/// What a client sends to create a role binding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoleBindingCreate {
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crn_pattern: Option<String>,
}
