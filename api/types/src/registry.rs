use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ObjectMeta, ObjectRef};

/// The schema registry of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Registry {
    /// `srcm/v3`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `Cluster`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `lsrc-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Where it is reached.
    pub spec: RegistrySpec,
    /// What is there.
    pub status: RegistryStatus,
}

/// Where a registry is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RegistrySpec {
    /// The name people read.
    pub display_name: String,
    /// `ESSENTIALS` or `ADVANCED`.
    pub package: String,
    /// Base URL.
    pub http_endpoint: String,
    /// Base URL of the catalogue.
    pub catalog_http_endpoint: String,
    /// The cloud of the environment's first cluster.
    pub cloud: String,
    /// The region of the environment's first cluster.
    pub region: String,
    /// The environment.
    pub environment: ObjectRef,
}

/// What is there of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RegistryStatus {
    /// `PROVISIONING`, `PROVISIONED` or `FAILED`.
    pub phase: String,
}
