//! Passwords of people: random ones for the first start, kept as argon2id.

use argon2::password_hash::Error as HashError;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use common_errors::Error;
use common_seams::Rng;

use crate::failures::internal;

/// Letters and digits that are hard to mistake for one another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
const LENGTH: usize = 20;

/// What is looked at in place of the hash of somebody who has none: it takes as long, and no password made it.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                       AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

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

/// Whether a password made a hash, found out on a thread that may block. Without a hash it takes as long.
pub(crate) async fn verify(password: String, hash: Option<String>) -> Result<bool, Error> {
    tokio::task::spawn_blocking(move || {
        let stored = hash.as_deref().unwrap_or(NOBODYS);
        match Argon2::default().verify_password(password.as_bytes(), stored) {
            Ok(()) => Ok(hash.is_some()),
            Err(HashError::PasswordInvalid) => Ok(false),
            Err(error) => Err(internal(format!("a stored password cannot be read: {error}"))),
        }
    })
    .await
    .map_err(|error| internal(format!("password hashing failed: {error}")))?
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_matches_and_nobody_costs_as_much() {
        let hashed = hash(&SeededRng::new(1), "correct horse".to_owned()).await.unwrap();
        let parameters = |text: &str| text.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(parameters(&hashed), parameters(NOBODYS));
        assert_eq!(verify("correct horse".to_owned(), Some(hashed.clone())).await, Ok(true));
        assert_eq!(verify("correct horsE".to_owned(), Some(hashed)).await, Ok(false));
        assert_eq!(verify("correct horse".to_owned(), None).await, Ok(false));
        assert!(verify("x".to_owned(), Some("plain".to_owned())).await.is_err());
    }
}
