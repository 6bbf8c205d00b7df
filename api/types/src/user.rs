use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ObjectMeta;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// `iam/v2`
    #[serde(default)]
    pub api_version: String,
    /// `User`
    #[serde(default)]
    pub kind: String,
    /// `u-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// Unique.
    pub email: String,
    /// The name people read.
    #[serde(default)]
    pub full_name: String,
    /// `AUTH_TYPE_LOCAL` or `AUTH_TYPE_SSO`.
    #[serde(default)]
    pub auth_type: String,
}
