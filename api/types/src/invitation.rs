use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ObjectMeta, ObjectRef};

/// Somebody is asked to join the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    /// `iam/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `Invitation`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `i-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Whom.
    pub email: String,
    /// `AUTH_TYPE_LOCAL`.
    #[serde(default)]
    #[schema(required = true)]
    pub auth_type: String,
    /// `INVITE_STATUS_SENT`, `INVITE_STATUS_ACCEPTED` or `INVITE_STATUS_EXPIRED`.
    #[serde(default)]
    #[schema(required = true)]
    pub status: String,
    /// RFC 3339, UTC; only once it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub accepted_at: Option<String>,
    /// RFC 3339, UTC: until when it can be accepted.
    #[serde(default)]
    #[schema(required = true)]
    pub expires_at: String,
    /// The person, who is there from now on: roles can be bound before they accept.
    #[serde(default)]
    #[schema(required = true)]
    pub user: ObjectRef,
    /// Who invites.
    #[serde(default)]
    #[schema(required = true)]
    pub creator: ObjectRef,
    /// What the person has to open. Only in the answer that made the invitation: give it to them, nobody else
    /// does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub link: Option<String>,
}

/// What a client sends to invite somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationCreate {
    /// Required. An e-mail address belongs to one person of an installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `AUTH_TYPE_LOCAL`, which is what it is when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<String>,
}

/// Somebody who accepts an invitation.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationAccept {
    /// The link that was handed out, or what is behind its `#`.
    #[serde(default)]
    pub token: String,
    /// The password to sign in with from now on: at least 12 characters.
    #[serde(default)]
    pub password: String,
    /// The name people read, at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
}

/// A person who wants another password.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PasswordChange {
    /// The one that they have.
    #[serde(default)]
    pub old_password: String,
    /// The one that they want: at least 12 characters.
    #[serde(default)]
    pub new_password: String,
}
