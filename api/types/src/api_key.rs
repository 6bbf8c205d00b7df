use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{IdRef, ObjectMeta, ObjectRef};

/// A key that authenticates its owner to one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKey {
    /// `iam/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `ApiKey`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// The key itself: 16 upper-case letters and digits.
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Owner, resource and, once, the secret.
    pub spec: ApiKeySpec,
}

/// Owner, resource and, once, the secret of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKeySpec {
    /// Only in the answer that made the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub secret: Option<String>,
    /// The name people read.
    #[serde(default)]
    #[schema(required = true)]
    pub display_name: String,
    /// Free text.
    #[serde(default)]
    #[schema(required = true)]
    pub description: String,
    /// When it ends by itself, RFC 3339; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_at: Option<String>,
    /// Who the key speaks for.
    pub owner: ObjectRef,
    /// What the key opens.
    pub resource: ObjectRef,
    /// The same as `resource`, as a list.
    #[serde(default)]
    #[schema(required = true)]
    pub resources: Vec<ObjectRef>,
}

/// What a client sends to create a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKeyCreate {
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<ApiKeySpecRequest>,
}

/// What a client sends to change a key: its name and description.
pub type ApiKeyUpdate = ApiKeyCreate;

/// The wanted part of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKeySpecRequest {
    /// The name people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `sa-…` or `u-…`; the caller when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<IdRef>,
    /// `lkc-…` or `cloud`; absent means `cloud`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<IdRef>,
    /// When it is to end by itself, RFC 3339 with a zone; absent means never. It cannot change later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}
