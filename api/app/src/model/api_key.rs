/// What a key opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyScope {
    /// The control plane.
    Cloud,
    /// One cluster: Kafka and its REST API.
    Cluster {
        /// `lkc-…`
        cluster_id: String,
        /// The cluster's environment.
        environment_id: String,
    },
}

/// A key that authenticates its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The key: 16 upper-case letters and digits.
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// `sa-…` or `u-…`
    pub owner_id: String,
    /// What it opens.
    pub scope: KeyScope,
    /// The name people read.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// HMAC-SHA-256(pepper, secret).
    pub verifier: [u8; 32],
    /// Which pepper made the verifier.
    pub pepper_version: u32,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}
