use std::time::Duration;

use super::AuthType;
use super::text_enum::text_enum;

/// How long an invitation can be accepted: over a weekend, since people carry its link by hand.
pub const INVITATION_LIFE: Duration = Duration::from_secs(72 * 60 * 60);
/// People of one organisation, those included who were invited and did not accept yet.
pub const PEOPLE_MAX: u64 = 1000;

text_enum! {
    /// How far an invitation got. All the public names; what nothing here leads to is no invitation's.
    InvitationStatus {
        /// Its link was handed out.
        Sent = "INVITE_STATUS_SENT",
        /// Not handed out yet; none is.
        Staged = "INVITE_STATUS_STAGED",
        /// The person joined.
        Accepted = "INVITE_STATUS_ACCEPTED",
        /// The link opens nothing any more.
        Expired = "INVITE_STATUS_EXPIRED",
        /// The person may not join any more; none is, since deleting leaves nothing.
        Deactivated = "INVITE_STATUS_DEACTIVATED",
    }
}

/// Somebody is asked to join an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// `i-…`; the token names it.
    pub id: String,
    /// The organisation to join.
    pub organization_id: String,
    /// Whom, in lower case.
    pub email: String,
    /// How they will prove who they are.
    pub auth_type: AuthType,
    /// `u-…`: the person, who is there from the invitation on, so that roles can be bound before.
    pub person_id: String,
    /// `u-…` or `sa-…`: who asked them.
    pub creator_id: String,
    /// HMAC-SHA-256(pepper, token).
    pub verifier: [u8; 32],
    /// Which pepper made the verifier.
    pub pepper_version: u32,
    /// When the token opens nothing any more.
    pub expires_us: i64,
    /// When the person joined.
    pub accepted_us: Option<i64>,
    /// When it was made.
    pub created_us: i64,
    /// When it last changed.
    pub updated_us: i64,
}

impl Invitation {
    /// How far it got.
    #[must_use]
    pub fn status(&self, now_us: i64) -> InvitationStatus {
        match self.accepted_us {
            Some(_) => InvitationStatus::Accepted,
            None if now_us < self.expires_us => InvitationStatus::Sent,
            None => InvitationStatus::Expired,
        }
    }
}
