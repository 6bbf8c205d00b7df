use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ObjectMeta;

/// Those who signed in by single sign-on and whom a filter lets in: one principal, to which roles are bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupMapping {
    /// `iam.v2/sso`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `GroupMapping`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `group-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Unique within the organisation, at most 64 characters.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// Who belongs to it, in CEL over what the provider said.
    pub filter: String,
    /// What roles are bound to, behind `User:`.
    pub principal: String,
    /// `ENABLED`
    pub state: String,
}

/// What a client sends to make or change a group mapping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupMappingRequest {
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `"engineering" in claims.groups`; at most 300 characters; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}
