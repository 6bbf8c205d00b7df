//! What brokers know of identity providers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A public key that signs tokens, as a JSON Web Key has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityKey {
    /// Which one: tokens name it.
    pub kid: String,
    /// `RSA`, `EC` or `OKP`.
    pub kty: String,
    /// The one algorithm that it signs with, where its owner says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// Modulus of an RSA key, base64url.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub n: String,
    /// Exponent of an RSA key, base64url.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub e: String,
    /// Curve of another key: `P-256`, `P-384`, `Ed25519`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub crv: String,
    /// First coordinate, base64url.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub x: String,
    /// Second coordinate, base64url.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub y: String,
}

/// Whose tokens brokers take: pools that some role is bound to, with their providers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workloads {
    /// By id, `op-…`.
    pub providers: BTreeMap<String, TokenIssuer>,
    /// By id, `pool-…`.
    pub pools: BTreeMap<String, TokenPool>,
}

/// An identity provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenIssuer {
    /// What `iss` says in its tokens.
    pub issuer: String,
    /// What signs them. Keys that could not be read again for too long are left out.
    pub keys: Vec<IdentityKey>,
}

/// An identity pool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPool {
    /// `op-…`
    pub provider: String,
    /// Who is let in, in CEL.
    pub filter: String,
    /// Which claim names an identity.
    pub identity_claim: String,
    /// Digest of all that decides who is let in. Who was let in on other terms is not in any more.
    pub terms: String,
}

impl Workloads {
    /// Whether nobody is let in by a token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty() && self.pools.is_empty()
    }
}

/// The key that brokers know a pool by in a cluster (`lkc-…`). Nobody can show it: it stands for tokens.
#[must_use]
pub fn pool_key(pool: &str, cluster: &str) -> String {
    format!("{pool}/{cluster}")
}
