use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{IdRef, ObjectMeta, ObjectRef};

/// How fast principals may send to a cluster and read from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientQuota {
    /// `kafka-quotas/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `ClientQuota`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `cq-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Who may use how much of what.
    pub spec: ClientQuotaSpec,
}

/// Who may use how much of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientQuotaSpec {
    /// The name people read.
    #[serde(default)]
    #[schema(required = true)]
    pub display_name: String,
    /// Free text.
    #[serde(default)]
    #[schema(required = true)]
    pub description: String,
    /// What each of the principals may use, over all brokers together.
    pub throughput: ClientQuotaThroughput,
    /// The cluster.
    pub cluster: ObjectRef,
    /// Whose: `sa-…`, `u-…`, or `<default>` for each one without a quota of its own.
    pub principals: Vec<ObjectRef>,
    /// Environment of the cluster.
    pub environment: ObjectRef,
}

/// Ceilings in bytes per second, as decimal text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientQuotaThroughput {
    /// Of what is sent to the cluster. Absent only in a quota that a Kafka client made without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ingress_byte_rate: Option<String>,
    /// Of what is read from the cluster. Absent only in a quota that a Kafka client made without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub egress_byte_rate: Option<String>,
}

/// What a client sends to make or change a client quota.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientQuotaRequest {
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<ClientQuotaSpecRequest>,
}

/// The wanted part of a client quota.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientQuotaSpecRequest {
    /// At most 64 characters; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// At most 512 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Both rates are required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<ClientQuotaThroughput>,
    /// `lkc-…`; required to create, and never changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<IdRef>,
    /// 1 to 100: `sa-…`, `u-…` or `<default>`; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principals: Option<Vec<IdRef>>,
    /// `env-…`; required to create, and never changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<IdRef>,
}
