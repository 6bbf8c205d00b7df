use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use storage::at_rest::{Encryption, KeyStore, KeyStoreError, Wrapped};

/// A key store that hides nothing, but mixes nothing up either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearKeys(pub &'static str);

impl ClearKeys {
    /// Encryption with this key store.
    #[must_use]
    pub fn encryption(self, seal: bool) -> Encryption {
        Encryption { key_store: Some(Arc::new(self)), seal }
    }
}

impl KeyStore for ClearKeys {
    fn wrap(
        &self,
        bound: Vec<u8>,
        secret: [u8; 32],
    ) -> BoxFuture<'_, Result<Wrapped, KeyStoreError>> {
        let bytes = [&secret[..], &bound].concat();
        ready(Ok(Wrapped { under: self.0.to_owned(), bytes })).boxed()
    }

    fn unwrap(
        &self,
        bound: Vec<u8>,
        wrapped: Wrapped,
    ) -> BoxFuture<'_, Result<[u8; 32], KeyStoreError>> {
        let (under, place) = (wrapped.under, "memory".to_owned());
        if under != self.0 {
            return ready(Err(KeyStoreError::NoKey { under, place })).boxed();
        }
        let secret = wrapped.bytes.split_first_chunk().filter(|(_, rest)| *rest == bound);
        let secret = secret.map(|(secret, _)| *secret);
        ready(secret.ok_or(KeyStoreError::Refused { under, place })).boxed()
    }
}
