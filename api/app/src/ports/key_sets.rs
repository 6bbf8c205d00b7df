use futures_util::future::BoxFuture;

/// Why a key set could not be read. The texts are shown to whoever administers the provider, so they say nothing
/// of what was answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// The address may not be asked: another scheme, or a network that is not public.
    #[error("{0}")]
    Refused(String),
    /// It was asked, and did not answer with a document of a sensible size in time.
    #[error("{0}")]
    Unreachable(String),
}

/// Identity providers: where their public keys come from, and their tokens for people. The address is a user's: an implementation asks nobody
/// but who a stranger on the internet could ask, unless its operator allows more.
pub trait KeySets: Send + Sync {
    /// Whether the address may be asked at all, as far as that shows without asking.
    ///
    /// # Errors
    /// [`KeySetError::Refused`].
    fn check(&self, uri: &str) -> Result<(), KeySetError>;

    /// The document at this address.
    fn read<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Vec<u8>, KeySetError>>;

    /// What is answered to a form that is sent to this address, as somebody with a password or as nobody.
    fn post<'a>(
        &'a self,
        uri: &'a str,
        form: String,
        basic: Option<(String, String)>,
    ) -> BoxFuture<'a, Result<Vec<u8>, KeySetError>>;
}
