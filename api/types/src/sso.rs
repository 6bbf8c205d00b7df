use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where people of an organisation sign in: an OpenID Connect provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SsoConnection {
    /// `weir/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `SsoConnection`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// The provider, as in `iss` of its tokens.
    pub issuer: String,
    /// Who Weir is there.
    pub client_id: String,
    /// Whether there is a client secret. It is shown to nobody but the provider.
    pub has_client_secret: bool,
    /// Domains of e-mail addresses that the provider speaks for.
    pub domains: Vec<String>,
    /// What is asked for beside `openid`, `email` and `profile`.
    pub scopes: Vec<String>,
    /// Where the provider sends people back to: register it there.
    pub redirect_uri: String,
}

/// What a client sends to change that.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SsoConnectionRequest {
    /// An https URL; required at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Required at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Empty for a client without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// 1 to 50, such as `example.com`; required at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<String>>,
    /// At most 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

/// Somebody who wants to sign in at their identity provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SsoSignInCreate {
    /// Its domain says which provider.
    #[serde(default)]
    pub email: String,
}

/// Where they go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SsoSignIn {
    /// To be opened in the browser that asked.
    pub authorization_url: String,
    /// Seconds that they may be away.
    pub expires_in: u64,
}

/// Somebody who is back: what the provider added to the address that it sent them to.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SsoSessionCreate {
    /// As it came.
    #[serde(default)]
    pub state: String,
    /// As it came.
    #[serde(default)]
    pub code: String,
    /// As it came, where it came (RFC 9207).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
}
