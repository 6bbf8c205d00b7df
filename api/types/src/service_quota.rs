use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ObjectMeta, ObjectRef};

/// A limit that is enforced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AppliedQuota {
    /// `service-quota/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `AppliedQuota`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `kafka.max_acls.per_cluster`, for example.
    pub id: String,
    /// Links; a limit is neither made nor changed.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// `KAFKA_CLUSTER` or `USER_ACCOUNT`.
    pub scope: String,
    /// The name people read.
    pub display_name: String,
    /// How many there may be.
    pub default_limit: i32,
    /// The same: limits are not adjusted one by one.
    pub applied_limit: i32,
    /// How many there are, where that is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub usage: Option<i32>,
    /// The organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization: Option<ObjectRef>,
    /// Environment of the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub environment: Option<ObjectRef>,
    /// The cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kafka_cluster: Option<ObjectRef>,
}

/// What limits can be about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuotaScope {
    /// `service-quota/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `Scope`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `KAFKA_CLUSTER` or `USER_ACCOUNT`.
    pub id: String,
    /// Links.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// What is limited.
    pub description: String,
}
