use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a person has a second factor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecondFactor {
    /// Whether it is asked for at sign-in.
    pub enabled: bool,
    /// RFC 3339, UTC: since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub enabled_at: Option<String>,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u64,
}

/// A person who wants a second factor.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecondFactorCreate {
    /// The password that they have.
    #[serde(default)]
    pub password: String,
}

/// What an authenticator has to know. It cannot be read again.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewSecondFactor {
    /// To be typed: base32, six digits, SHA-1, 30 seconds.
    pub secret: String,
    /// The same, to be shown as a picture: `otpauth://totp/…`.
    pub uri: String,
}

/// A first code, which shows that the authenticator knows the secret.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecondFactorConfirm {
    /// Six digits.
    #[serde(default)]
    pub code: String,
}

/// Codes for the day that the authenticator is lost. Each opens once. They cannot be read again.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecoveryCodes {
    /// Ten of them.
    pub recovery_codes: Vec<String>,
}

/// A person who wants no second factor any more.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecondFactorRemove {
    /// The password that they have.
    #[serde(default)]
    pub password: String,
    /// Six digits, or a recovery code.
    #[serde(default)]
    pub code: String,
}
