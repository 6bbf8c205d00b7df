//! How people sign in, in the shapes that command lines knew before `v2`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::V1User;

/// How a person signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1LoginRealm {
    /// Whether at an identity provider.
    pub is_sso: bool,
    /// Whether with a second factor.
    pub mfa_required: bool,
    /// Which provider; empty without one.
    pub realm: String,
}

/// Somebody who wants to sign in.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct V1SessionCreate {
    /// Who they say they are.
    #[serde(default)]
    pub email: String,
    /// How they prove it.
    #[serde(default)]
    pub password: String,
    /// A code of their second factor, where they have one, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Only into this organisation.
    #[serde(default, alias = "org_resource_id", skip_serializing_if = "Option::is_none")]
    pub org_resource_id: Option<String>,
}

/// Somebody who is signed in.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1Session {
    /// What they show from now on, as a Bearer token: three parts with the time that it ends in the second.
    pub token: String,
    /// Empty: when the session is over, sign in again.
    pub refresh_token: String,
    /// Who they are.
    pub user: V1User,
    /// Where they belong.
    pub organization: V1Organization,
}

/// The organisation of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1Organization {
    /// The same for the same `resource_id`; only `resource_id` names anything in a request.
    pub id: i32,
    /// A bare UUID.
    pub resource_id: String,
    /// The name people read.
    pub name: String,
    /// Where the audit log is also written to; absent where it is to no topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub audit_log: Option<V1AuditLog>,
}

/// A topic with the audit log. Read it with a key of the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1AuditLog {
    /// `lkc-…`
    pub cluster_id: String,
    /// Its environment.
    pub account_id: String,
    /// Not 0; names nothing.
    pub service_account_id: i32,
    /// Empty: no service account is made for readers.
    pub service_account_resource_id: String,
    /// The topic.
    pub topic_name: String,
}

/// An environment, as it was called before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1Account {
    /// `env-…`
    pub id: String,
    /// The name people read.
    pub name: String,
}

/// Who is signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1Me {
    /// The person.
    pub user: V1User,
    /// The environments that the person may see.
    pub accounts: Vec<V1Account>,
    /// Where they belong.
    pub organization: V1Organization,
}

/// A token for the REST API of clusters.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct V1Token {
    /// To be shown as a Bearer token.
    pub token: String,
}
