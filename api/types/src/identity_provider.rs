use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::ObjectMeta;

/// Somebody outside who signs tokens that are taken here: a CI service, a Kubernetes cluster, a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentityProvider {
    /// `iam/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `IdentityProvider`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `op-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Unique within the organisation, at most 64 characters.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// What `iss` says in its tokens.
    pub issuer: String,
    /// Where its public keys are.
    pub jwks_uri: String,
    /// Which claim names an identity, unless a pool says another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub identity_claim: Option<String>,
    /// `ENABLED`
    pub state: String,
    /// The keys that were found there last.
    pub keys: Vec<JwksKey>,
}

/// A public key of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JwksKey {
    /// Which one: tokens name it.
    pub kid: String,
    /// `RSA`, `EC` or `OKP`.
    pub kty: String,
    /// The one algorithm that it signs with; empty when its owner does not say so.
    pub alg: String,
}

/// What a client sends to make or change a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentityProviderRequest {
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What `iss` says in its tokens, letter for letter; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// An https URL on the public internet; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// `claims.sub`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_claim: Option<String>,
}

/// A member may be left out, and is not null.
fn there<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    String::deserialize(value).map(Some)
}

/// How the keys of a provider are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Jwks {
    /// `iam/v2`
    pub api_version: String,
    /// `Jwks`
    pub kind: String,
    /// What was asked for.
    pub spec: JwksSpec,
    /// How it is.
    pub status: JwksStatus,
}

/// What is wanted of the keys of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JwksSpec {
    /// `REFRESHED`
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub jwks_status: Option<String>,
}

/// How the keys of a provider are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JwksStatus {
    /// `REFRESHED`, `OK`, `INVALID_JWKS_URI` or `ERROR_FETCHING_JWKS`.
    pub jwks_status: String,
    /// When keys were found last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub jwks_last_refresh_at: Option<String>,
}

/// What a client sends to have keys read again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JwksRequest {
    /// What is wanted of them; `REFRESHED` is all there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<JwksSpec>,
}

/// Those identities of a provider that a filter lets in: one principal together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentityPool {
    /// `iam/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `IdentityPool`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `pool-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Unique within its provider, at most 64 characters.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// Which claim names an identity in the audit log: `claims.sub`.
    pub identity_claim: String,
    /// Who is let in, in CEL.
    pub filter: String,
    /// What roles are bound to, as `User:pool-…`: the id.
    pub principal: String,
    /// `ENABLED`
    pub state: String,
}

/// What a client sends to make or change a pool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentityPoolRequest {
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `claims.sub`; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_claim: Option<String>,
    /// `claims.aud == "weir" && claims.sub.startsWith("repo:acme/")`, at most 300 characters; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

/// A workload's wish for an access token, as a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenExchangeRequest {
    /// `urn:ietf:params:oauth:grant-type:token-exchange`
    pub grant_type: String,
    /// The token that the workload's identity provider signed.
    pub subject_token: String,
    /// `urn:ietf:params:oauth:token-type:jwt`
    pub subject_token_type: String,
    /// `urn:ietf:params:oauth:token-type:access_token`
    pub requested_token_type: String,
    /// `pool-…`
    pub identity_pool_id: String,
    /// Seconds, 1 to 900, which is what an absent one means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
}

/// The access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenExchangeReply {
    /// To be sent as `Authorization: Bearer`.
    pub access_token: String,
    /// `urn:ietf:params:oauth:token-type:access_token`
    pub issued_token_type: String,
    /// `Bearer`
    pub token_type: String,
    /// Seconds until it is over.
    pub expires_in: u64,
}
