pub use common_types::identity::IdentityKey;

use super::text_enum::text_enum;

text_enum! {
    /// How the last reading of a key set ended.
    KeySetStatus {
        /// It was read for a client who asked for that.
        Refreshed = "REFRESHED",
        /// It was read when it was needed.
        Ok = "OK",
        /// The address may not be asked.
        InvalidUri = "INVALID_JWKS_URI",
        /// It did not answer with keys; those from before stay.
        Error = "ERROR_FETCHING_JWKS",
    }
}

/// Somebody outside who signs tokens: a CI service, a Kubernetes cluster, a directory of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// `op-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// Unique in the organisation.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// What `iss` says in its tokens.
    pub issuer: String,
    /// Where its public keys are.
    pub jwks_uri: String,
    /// Which claim names an identity, unless a pool says another: `claims.sub`. Empty when nobody said so.
    pub identity_claim: String,
    /// The keys of the last reading that found some.
    pub keys: Vec<IdentityKey>,
    /// How the last reading ended.
    pub keys_status: KeySetStatus,
    /// When keys were found last; 0 for never.
    pub keys_us: i64,
    /// When it was created.
    pub created_us: i64,
    /// When what is wanted of it was last changed.
    pub updated_us: i64,
}

/// Those identities of a provider that a filter lets in. Together they are one principal: `User:pool-…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityPool {
    /// `pool-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// `op-…`
    pub provider_id: String,
    /// Unique in its provider.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// Which claim names an identity in the audit log: `claims.sub`.
    pub identity_claim: String,
    /// Who is let in, in CEL.
    pub filter: String,
    /// `u-…` or `sa-…`: may read, change and delete the pool. Empty for nobody.
    pub owner_id: String,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}
