use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ObjectMeta;

/// What a client sends to change an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrganizationUpdate {
    /// The name people read, at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Cannot be changed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jit_enabled: Option<bool>,
}

/// The owner of everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Organization {
    /// `org/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `Organization`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// A bare UUID.
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// The name people read.
    #[serde(default)]
    #[schema(required = true)]
    pub display_name: String,
    /// Whether people are added at their first single sign-on.
    #[serde(default)]
    #[schema(required = true)]
    pub jit_enabled: bool,
}
