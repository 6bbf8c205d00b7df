use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every failed request outside of `kafka/v3`: `errors[]` and, beside it, the members of a
/// problem document (RFC 9457).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// What went wrong, at least one.
    pub errors: Vec<ErrorItem>,
    /// Identifies the kind of problem.
    #[serde(rename = "type", default)]
    #[schema(required = true)]
    pub problem_type: String,
    /// Short and the same for every problem of this kind.
    #[serde(default)]
    #[schema(required = true)]
    pub title: String,
    /// The HTTP status, as a number.
    #[serde(default)]
    #[schema(required = true)]
    pub status: u16,
    /// What went wrong this time.
    #[serde(default)]
    #[schema(required = true)]
    pub detail: String,
    /// The request id.
    #[serde(default)]
    #[schema(required = true)]
    pub instance: String,
}

/// One thing that went wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorItem {
    /// The request id.
    #[serde(default)]
    #[schema(required = true)]
    pub id: String,
    /// The HTTP status, as text.
    #[serde(default)]
    #[schema(required = true)]
    pub status: String,
    /// Stable, lower-case.
    #[serde(default)]
    #[schema(required = true)]
    pub code: String,
    /// Short and the same for every error with this code.
    #[serde(default)]
    #[schema(required = true)]
    pub title: String,
    /// What went wrong this time, and what to do.
    #[serde(default)]
    #[schema(required = true)]
    pub detail: String,
    /// The input at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source: Option<ErrorSource>,
}

/// The input at fault.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorSource {
    /// JSON pointer into the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pointer: Option<String>,
    /// Name of a query or path parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parameter: Option<String>,
}
