use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::KafkaMeta;

/// An access control list. Its members together are its identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KafkaAcl {
    /// `KafkaAcl`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// Links.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: KafkaMeta,
    /// `lkc-…`
    #[serde(default)]
    #[schema(required = true)]
    pub cluster_id: String,
    /// `TOPIC`, `GROUP`, `CLUSTER` or `TRANSACTIONAL_ID`
    pub resource_type: String,
    /// The name, or the start of names; `kafka-cluster` for the cluster.
    pub resource_name: String,
    /// `LITERAL` or `PREFIXED`; a literal `*` is every name.
    pub pattern_type: String,
    /// `User:sa-…`, `User:u-…`, or `User:*` for everybody.
    pub principal: String,
    /// Always `*`.
    pub host: String,
    /// `ALL`, or the one operation.
    pub operation: String,
    /// `ALLOW` or `DENY`; what is denied is denied whatever else allows it.
    pub permission: String,
}

/// What a client sends to make an access control list. All members but `host` are required.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AclCreate {
    /// `TOPIC`, `GROUP`, `CLUSTER` or `TRANSACTIONAL_ID`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// The name, or the start of names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// `LITERAL` or `PREFIXED`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern_type: Option<String>,
    /// `User:…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// `*`, which is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// `ALL`, or the one operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// `ALLOW` or `DENY`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

/// What a client sends to make several: all or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AclBatch {
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Vec<AclCreate>>,
}

/// The lists that were deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AclsDeleted {
    /// Which they were.
    pub data: Vec<KafkaAcl>,
}
