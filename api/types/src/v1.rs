//! Older shapes that command lines written before `v2` still ask for: people by number, regions, limits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A person or a service account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1User {
    /// The same for the same `resource_id`; only `resource_id` names anything in a request.
    pub id: i32,
    /// `u-…` or `sa-…`
    pub resource_id: String,
    /// Only of people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// The name people read; only of people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_name: String,
    /// The name people read; only of service accounts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub service_name: String,
    /// Free text; only of service accounts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub service_description: String,
    /// Whether it is a service account.
    #[serde(default)]
    #[schema(required = true)]
    pub service_account: bool,
}

/// All of a kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1Users {
    /// Those that the caller may see.
    pub users: Vec<V1User>,
}

/// Where clusters can be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1Clouds {
    /// One each.
    pub clouds: Vec<V1Cloud>,
}

/// A cloud.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1Cloud {
    /// In lower case.
    pub id: String,
    /// The name people read.
    pub name: String,
    /// One each.
    pub regions: Vec<V1Region>,
}

/// A region of a cloud.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1Region {
    /// The provider's name.
    pub id: String,
    /// The cloud's id.
    pub cloud: String,
    /// The name people read.
    pub name: String,
    /// Whether a cluster can be asked for here.
    pub is_schedulable: bool,
    /// Whether it can be asked for in several zones.
    pub is_multizone_enabled: bool,
}

/// What clusters may use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1UsageLimitsReply {
    /// By tier, and by size of Dedicated clusters.
    pub usage_limits: V1UsageLimits,
}

/// Limits by tier, and by size of Dedicated clusters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1UsageLimits {
    /// `BASIC`, `STANDARD`, `ENTERPRISE`, `FREIGHT`.
    pub tier_limits: BTreeMap<String, V1TierLimit>,
    /// By number of CKU; empty, because none bounds anything.
    pub cku_limits: BTreeMap<String, V1ClusterLimits>,
}

/// The limits of a tier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1TierLimit {
    /// Of one cluster.
    pub cluster_limits: V1ClusterLimits,
}

/// The limits of a cluster. What is absent is not bounded by the tier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1ClusterLimits {
    /// What it may store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub storage: Option<V1Limit>,
}

/// One limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1Limit {
    /// Of `value`.
    pub unit: String,
    /// Means nothing when it is unlimited.
    pub value: i32,
    /// Whether there is no limit.
    pub unlimited: bool,
}

/// A role that can be bound.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoleDefinition {
    /// As in `role_name` of a binding.
    pub name: String,
    /// What it allows where.
    pub policies: Vec<RolePolicy>,
}

/// What a role allows on one kind of scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolePolicy {
    /// `organization`, `environment` or `cloud-cluster`.
    pub binding_scope: String,
    /// Whether a binding names a single topic, group or such.
    pub bind_with_resource: bool,
    /// By kind of thing.
    pub allowed_operations: Vec<RoleOperations>,
}

/// What may be done with a kind of thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleOperations {
    /// The kind; `All` is every kind.
    pub resource_type: String,
    /// Names of operations; `All` is every one.
    pub operations: Vec<String>,
}
