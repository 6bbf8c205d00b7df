//! API secrets: made once, kept only as a keyed hash.

use std::collections::BTreeMap;

use common_seams::Rng;
use common_types::access::Pepper;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX: &str = "weir";
const RANDOM_LENGTH: usize = 54;
const CHECKSUM_LENGTH: usize = 6;

/// The keys of verifiers: new secrets use the current one, old secrets keep theirs.
#[derive(Debug, Clone)]
pub struct Peppers {
    current: u32,
    by_version: BTreeMap<u32, Pepper>,
}

impl Peppers {
    /// One pepper, which is the current one.
    #[must_use]
    pub fn new(version: u32, pepper: [u8; 32]) -> Self {
        Self { current: version, by_version: BTreeMap::from([(version, Pepper(pepper))]) }
    }

    /// Adds a pepper that only old secrets use.
    #[must_use]
    pub fn with_older(mut self, version: u32, pepper: [u8; 32]) -> Self {
        self.by_version.insert(version, Pepper(pepper));
        self
    }

    /// Every pepper, as brokers get them.
    #[must_use]
    pub fn all(&self) -> &BTreeMap<u32, Pepper> {
        &self.by_version
    }

    /// The version that new things are made with.
    pub(crate) fn current(&self) -> u32 {
        self.current
    }

    /// A key for a purpose of its own. `None` when there is no such pepper.
    pub(crate) fn derive(&self, version: u32, purpose: &str) -> Option<[u8; 32]> {
        self.by_version.contains_key(&version).then(|| self.verifier(version, purpose))
    }

    /// The verifier of a new secret with the version of its pepper.
    pub(crate) fn seal(&self, secret: &str) -> ([u8; 32], u32) {
        (self.verifier(self.current, secret), self.current)
    }

    /// Whether `secret` made `verifier`; the time it takes does not depend on either.
    pub(crate) fn matches(&self, version: u32, verifier: &[u8; 32], secret: &str) -> bool {
        self.verifier(version, secret).ct_eq(verifier).into()
    }

    fn verifier(&self, version: u32, secret: &str) -> [u8; 32] {
        // A version that is not here makes a verifier that no stored one equals.
        let key = self.by_version.get(&version).map_or([0; 32], |pepper| pepper.0);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
        mac.update(secret.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// Makes a secret: `weir`, 54 random characters, 6 of checksum, so that scanners can find leaked ones.
pub(crate) fn new_secret(rng: &dyn Rng) -> String {
    let mut secret = String::from(PREFIX);
    for _ in 0..RANDOM_LENGTH {
        let index = usize::try_from(rng.below(62)).unwrap_or(0);
        secret.push(char::from(BASE62[index]));
    }
    let sum = checksum(&secret);
    secret.push_str(&sum);
    secret
}

fn checksum(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    digest.iter().take(CHECKSUM_LENGTH).map(|b| char::from(BASE62[usize::from(b % 62)])).collect()
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    #[test]
    fn secret_has_its_public_shape() {
        let secret = new_secret(&SeededRng::new(1));
        assert_eq!(secret.len(), 64);
        assert!(secret.starts_with("weir") && secret.bytes().all(|b| b.is_ascii_alphanumeric()));
        let (body, sum) = secret.split_at(58);
        assert_eq!(checksum(body), sum);
    }

    #[test]
    fn verifier_needs_the_same_pepper_and_secret() {
        let peppers = Peppers::new(2, [7; 32]).with_older(1, [8; 32]);
        let (verifier, version) = peppers.seal("secret");
        assert_eq!(version, 2);
        assert!(peppers.matches(2, &verifier, "secret"));
        assert!(!peppers.matches(1, &verifier, "secret"));
        assert!(!peppers.matches(2, &verifier, "secreT"));
        assert!(!peppers.matches(3, &verifier, "secret"));
    }
}
