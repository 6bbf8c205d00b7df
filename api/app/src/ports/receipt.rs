use std::time::Duration;

/// How long a request that was carried out is known by its key.
pub const RECEIPT_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What makes a receipt the one it is. Keys of one principal mean nothing to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptId {
    /// The caller's organisation.
    pub organization_id: String,
    /// The caller.
    pub principal_id: String,
    /// Digest of the key that the caller gave the request.
    pub key: [u8; 32],
}

/// That a request was carried out, and what it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whose, and under which key.
    pub id: ReceiptId,
    /// Digest of the request: method, path, query, body.
    pub request: [u8; 32],
    /// HTTP status of the answer.
    pub status: u16,
    /// Body of the answer, sealed: it may hold a secret.
    pub answer: Vec<u8>,
    /// Which pepper it is sealed with.
    pub pepper_version: u32,
    /// When the request was carried out.
    pub created_us: i64,
}

impl Receipt {
    /// Receipts from this time and before it are forgotten.
    #[must_use]
    pub fn forgotten_us(now_us: i64) -> i64 {
        now_us.saturating_sub(i64::try_from(RECEIPT_KEPT.as_micros()).unwrap_or(i64::MAX))
    }
}

/// How a row is to be added, beside the row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// Kept in the same transaction as the row. Nothing is added when there is one with this id that is
    /// not forgotten yet: [`super::RepoError::Repeated`].
    pub receipt: Option<Receipt>,
    /// Everything is done and then undone: only what would be refused shows.
    pub rehearsal: bool,
}
