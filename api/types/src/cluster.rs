use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{IdRef, ObjectMeta, ObjectRef};

/// A Kafka cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cluster {
    /// `cmk/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `Cluster`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `lkc-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// What is wanted, and where it is reached.
    pub spec: ClusterSpec,
    /// What is there.
    pub status: ClusterStatus,
}

/// What is wanted of a cluster, and where it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterSpec {
    /// The name people read; not unique.
    pub display_name: String,
    /// `SINGLE_ZONE`, `MULTI_ZONE`, `LOW` or `HIGH`.
    #[serde(default)]
    #[schema(required = true)]
    pub availability: String,
    /// `AWS`, `GCP` or `AZURE`, as asked.
    #[serde(default)]
    #[schema(required = true)]
    pub cloud: String,
    /// A region of the cloud, as asked.
    #[serde(default)]
    #[schema(required = true)]
    pub region: String,
    /// The kind of cluster with its settings.
    pub config: ClusterConfig,
    /// `SASL_SSL://host:port`; empty while provisioning.
    #[serde(default)]
    #[schema(required = true)]
    pub kafka_bootstrap_endpoint: String,
    /// Base URL of the Kafka REST API, without `/kafka`; empty while provisioning.
    #[serde(default)]
    #[schema(required = true)]
    pub http_endpoint: String,
    /// Base URL of the control plane for this cluster; empty while provisioning.
    #[serde(default)]
    #[schema(required = true)]
    pub api_endpoint: String,
    /// Endpoints by access point; `PUBLIC` is the one of `weir up`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoints: BTreeMap<String, ClusterEndpoints>,
    /// Whether deleting is refused.
    #[serde(default)]
    #[schema(required = true)]
    pub deletion_protection: bool,
    /// The environment.
    pub environment: ObjectRef,
    /// The network, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub network: Option<ObjectRef>,
    /// The customer's encryption key, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub byok: Option<ObjectRef>,
}

/// The kind of cluster with its settings. One flat shape: which members count depends on `kind`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterConfig {
    /// `Basic`, `Standard`, `Enterprise`, `Dedicated` or `Freight`, spelt exactly so.
    pub kind: String,
    /// Largest elastic size; not of Dedicated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ecku: Option<i32>,
    /// Size; only of Dedicated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cku: Option<i32>,
    /// Only of Dedicated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption_key: Option<String>,
    /// Zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
    /// `REGULAR` or `PRIORITY`; only of Dedicated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_priority: Option<String>,
}

/// How a cluster is reached from one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterEndpoints {
    /// `SASL_SSL://host:port`
    pub kafka_bootstrap_endpoint: String,
    /// Base URL of the Kafka REST API.
    pub http_endpoint: String,
    /// `PUBLIC`, `PRIVATE_LINK` or `PRIVATE_NETWORK_INTERFACE`.
    pub connection_type: String,
}

/// What is there of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterStatus {
    /// `PROVISIONING`, `PROVISIONED` or `FAILED`.
    pub phase: String,
    /// Present size; only of Dedicated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cku: Option<i32>,
    /// Facts in words; `weir.placement` says on which cell the cluster is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Why the cluster is not (yet) what was wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
}

/// What a client sends to create a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterCreate {
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<ClusterSpecRequest>,
}

/// What a client sends to change a cluster: the members to change, and the environment.
pub type ClusterUpdate = ClusterCreate;

/// The wanted part of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterSpecRequest {
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Default `SINGLE_ZONE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<String>,
    /// Required to create; upper or lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Default Basic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<ClusterConfig>,
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<IdRef>,
    /// Kept as asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<IdRef>,
    /// Kept as asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byok: Option<IdRef>,
    /// Default off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_protection: Option<bool>,
}
