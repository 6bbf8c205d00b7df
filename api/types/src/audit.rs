use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An event of the audit log, as CloudEvents 1.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEvent {
    /// Unique; of a REST request its `X-Request-Id`.
    pub id: String,
    /// The CRN of the organisation.
    pub source: String,
    /// `1.0`
    pub specversion: String,
    /// `io.confluent.cloud/request`, for example.
    #[serde(rename = "type")]
    pub event_type: String,
    /// RFC 3339, UTC.
    pub time: String,
    /// The CRN of what it was done with.
    pub subject: String,
    /// `application/json`
    pub datacontenttype: String,
    /// What happened.
    pub data: AuditData,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditData {
    /// The CRN of who was asked.
    pub service_name: String,
    /// `CreateEnvironment`, `Produce`.
    pub method_name: String,
    /// The CRN of what it was done with.
    pub resource_name: String,
    /// Who asked.
    pub authentication_info: AuditAuthentication,
    /// What was decided; absent when nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub authorization_info: Option<AuditAuthorization>,
    /// What was asked; absent where a broker was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub request: Option<AuditRequest>,
    /// How it came.
    pub request_metadata: AuditRequestMetadata,
    /// How it ended.
    pub result: AuditOutcome,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditAuthentication {
    /// `User:sa-…`; empty when nobody signed in.
    pub principal: String,
    /// `sa-…`; empty when nobody signed in.
    pub principal_resource_id: String,
    /// How they signed in.
    pub metadata: AuditCredentials,
    /// `SUCCESS`, or `UNAUTHENTICATED`.
    pub result: String,
    /// Who of an identity pool it was, as its identity claim says; absent for everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
}

/// How somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditCredentials {
    /// `HTTP_BASIC`, `SASL_PLAIN`.
    pub mechanism: String,
    /// The API key; never its secret.
    pub identifier: String,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditAuthorization {
    /// Whether it was allowed.
    pub granted: bool,
    /// `create`, `WRITE`.
    pub operation: String,
    /// `environment`, `topic`.
    pub resource_type: String,
    /// Its id or name.
    pub resource_name: String,
    /// `LITERAL`
    pub pattern_type: String,
}

/// What was asked. Bodies are in no log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditRequest {
    /// `POST /org/v2/environments`
    pub access: String,
}

/// How a request came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditRequestMetadata {
    /// The request's `X-Request-Id`.
    pub request_id: String,
    /// From where, where that is known.
    pub client_address: Vec<AuditAddress>,
}

/// From where a request came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditAddress {
    /// The address.
    pub ip: String,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditOutcome {
    /// `SUCCESS`, `FAILURE`, `DENIED`, or `PENDING` when the end is not known.
    pub status: String,
    /// Why; absent when it did not fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub data: Option<AuditFailure>,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditFailure {
    /// The stable code of the error.
    pub error_type: String,
}

/// How long an organisation keeps its audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditSettings {
    /// `weir/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `AuditSettings`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// Older events go.
    pub retention_days: u32,
    /// Nothing goes while this is on.
    pub legal_hold: bool,
    /// The cluster with the topic that events are also written to; empty for none.
    #[serde(default)]
    #[schema(required = true)]
    pub topic_cluster_id: String,
    /// The name of that topic.
    #[serde(default)]
    #[schema(required = true)]
    pub topic_name: String,
}

/// What a client sends to change that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditSettingsRequest {
    /// 1 to 3653.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// Whether everything is kept until this is off again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_hold: Option<bool>,
    /// `lkc-…` to write events to its topic `confluent-audit-log-events`, too; empty to stop that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_cluster_id: Option<String>,
}
