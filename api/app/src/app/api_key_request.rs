use crate::model::ApiKey;

/// What is wanted of a key, as the client said it; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyWish {
    /// The name people read.
    pub display_name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// `sa-…` or `u-…`; the caller when absent.
    pub owner_id: Option<String>,
    /// `cloud` or `lkc-…`; absent means `cloud`.
    pub resource_id: Option<String>,
    /// From then on it opens nothing; absent means that it does not end by itself.
    pub expires_us: Option<i64>,
}

/// A key with the secret that is shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The key.
    pub key: ApiKey,
    /// The secret.
    pub secret: String,
}
