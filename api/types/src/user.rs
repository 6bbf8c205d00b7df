use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ObjectMeta;

/// What a client sends to change a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserUpdate {
    /// The name people read, at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// `iam/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `User`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `u-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Unique.
    pub email: String,
    /// The name people read.
    #[serde(default)]
    #[schema(required = true)]
    pub full_name: String,
    /// `AUTH_TYPE_LOCAL` or `AUTH_TYPE_SSO`.
    #[serde(default)]
    #[schema(required = true)]
    pub auth_type: String,
}
