//! Passwords of people: random ones for the first start, kept as argon2id.

use argon2::{Argon2, PasswordHasher};
use common_errors::Error;
use common_seams::Rng;

use crate::failures::internal;

/// Letters and digits that are hard to mistake for one another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
const LENGTH: usize = 20;

/// A random password of 100 bits.
pub(crate) fn new_password(rng: &dyn Rng) -> String {
    (0..LENGTH).map(|_| char::from(ALPHABET[usize::try_from(rng.below(32)).unwrap_or(0)])).collect()
}

/// Hashes a password on a thread that may block.
pub(crate) async fn hash(rng: &dyn Rng, password: String) -> Result<String, Error> {
    let mut salt = [0_u8; 16];
    rng.fill(&mut salt);
    tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|error| internal(format!("password hashing failed: {error}")))
    })
    .await
    .map_err(|error| internal(format!("password hashing failed: {error}")))?
}
