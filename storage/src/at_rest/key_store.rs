use std::fmt::Debug;

use futures_util::future::BoxFuture;

/// A data key as it may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Name of the key that wraps it.
    pub under: String,
    /// What only that key opens.
    pub bytes: Vec<u8>,
}

/// Why a data key cannot be wrapped or unwrapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// The wrapping key is not there.
    #[error("the key {under} is not in {place}")]
    NoKey {
        /// Its name.
        under: String,
        /// Where it was looked for.
        place: String,
    },
    /// The wrapped key was damaged, or is of something else.
    #[error("what the key {under} of {place} should open was damaged or wrapped by another key")]
    Refused {
        /// Its name.
        under: String,
        /// Where it is.
        place: String,
    },
    /// Ask again.
    #[error("{place} does not answer: {reason}")]
    Unavailable {
        /// The key store.
        place: String,
        /// What went wrong.
        reason: String,
    },
}

/// The port to where wrapping keys are: a file, or a key service of a cloud. They never leave it.
pub trait KeyStore: Send + Sync + Debug {
    /// Wraps a data key under the newest wrapping key. `bound` is needed again to unwrap it.
    fn wrap(
        &self,
        bound: Vec<u8>,
        secret: [u8; 32],
    ) -> BoxFuture<'_, Result<Wrapped, KeyStoreError>>;

    /// Unwraps a data key.
    fn unwrap(
        &self,
        bound: Vec<u8>,
        wrapped: Wrapped,
    ) -> BoxFuture<'_, Result<[u8; 32], KeyStoreError>>;
}
