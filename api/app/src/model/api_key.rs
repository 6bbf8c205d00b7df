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
    /// From then on it opens nothing; none where it never ends by itself.
    pub expires_us: Option<i64>,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}

impl ApiKey {
    /// Whether its time is over.
    #[must_use]
    pub fn is_expired(&self, now_us: i64) -> bool {
        self.expires_us.is_some_and(|expires_us| expires_us <= now_us)
    }
}
