use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ObjectMeta, ObjectRef};

/// A cluster or an environment that was deleted and can be brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletedObject {
    /// `weir/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `DeletedCluster` or `DeletedEnvironment`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `lkc-…` or `env-…`; it has the same again when it is brought back.
    pub id: String,
    /// Links, and when it was deleted.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// The name people read.
    pub display_name: String,
    /// Where it was; of an environment, itself.
    #[serde(default)]
    #[schema(required = true)]
    pub environment: ObjectRef,
    /// What was deleted: itself, or its environment.
    pub deleted_with: String,
    /// Who deleted it: `u-…`, `sa-…` or `pool-…`.
    pub deleted_by: String,
    /// When: RFC 3339, UTC.
    pub deleted_at: String,
    /// Until when it can be brought back; then its data is deleted.
    pub restorable_until: String,
    /// API keys that come back with it.
    pub api_keys: u64,
    /// Role bindings on it that come back with it.
    pub role_bindings: u64,
    /// Access control lists that come back with it.
    pub acls: u64,
    /// Client quotas that come back with it.
    pub client_quotas: u64,
}

/// What was brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Restoration {
    /// `weir/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `Restoration`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// What was asked for: `lkc-…` or `env-…`.
    pub id: String,
    /// Clusters that are there again; none where they were there already.
    pub clusters: Vec<String>,
    /// Principals that were deleted meanwhile: their keys, roles, lists and quotas stay gone.
    pub gone_principals: Vec<String>,
}
