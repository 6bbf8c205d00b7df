/// Recovery codes that a person gets.
pub const RECOVERY_CODES: usize = 10;

/// What a person shows beside the password: a code that changes every 30 seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// `u-…`: one person has one.
    pub person_id: String,
    /// The person's organisation.
    pub organization_id: String,
    /// The secret of the codes, sealed.
    pub secret: Vec<u8>,
    /// HMAC-SHA-256(pepper, code) of each recovery code that was not used yet.
    pub recovery: Vec<[u8; 32]>,
    /// Which pepper sealed the secret and made the digests.
    pub pepper_version: u32,
    /// The step of the last code that was accepted: it and older ones open nothing any more.
    pub last_step: i64,
    /// When it was made.
    pub created_us: i64,
    /// Since when it is asked for; before that it is only tried.
    pub confirmed_us: Option<i64>,
}
