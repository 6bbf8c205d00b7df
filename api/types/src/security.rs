use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ObjectMeta;

/// Something that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecurityFinding {
    /// `weir/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `SecurityFinding`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `fnd-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// `failed-sign-ins`, `new-address`, `unusual-denials`, `broad-key`, `old-key` or `public-bind`.
    pub rule: String,
    /// `INFO`, `WARN` or `CRITICAL`.
    pub severity: String,
    /// What it is about: an address, a principal, a key, a role binding.
    pub subject: String,
    /// The CRN of what it was seen with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resource: Option<String>,
    /// What was seen, and what to do.
    pub detail: String,
    /// `OPEN`, `ACKNOWLEDGED` or `RESOLVED`.
    pub state: String,
    /// When it was first seen: RFC 3339, UTC.
    pub first_seen_at: String,
    /// When it was last seen.
    pub last_seen_at: String,
}

/// What a client sends to say how far somebody got with a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecurityFindingUpdate {
    /// `ACKNOWLEDGED`, `RESOLVED`, or `OPEN` again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// How safe an organisation is, as far as rules can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecurityScore {
    /// 0 to 100.
    pub score: u32,
    /// What was taken off 100, the most first.
    pub deductions: Vec<SecurityDeduction>,
    /// How it is computed, in words.
    pub method: String,
}

/// What one rule takes off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecurityDeduction {
    /// The rule.
    pub rule: String,
    /// `INFO`, `WARN` or `CRITICAL`.
    pub severity: String,
    /// Findings that are open.
    pub open: u64,
    /// Findings that somebody acknowledged.
    pub acknowledged: u64,
    /// What is taken off.
    pub points: u32,
}
