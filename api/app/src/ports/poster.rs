use futures_util::future::BoxFuture;

/// A message to an address that a user gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Where to.
    pub url: String,
    /// What goes along beside the type of the body, which is JSON.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// Why nobody answered a message. The texts are shown to whoever administers the integration, so they say nothing
/// of what was answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The address may not be asked: another scheme, or a network that is not public.
    #[error("{0}")]
    Refused(String),
    /// It was asked, and did not answer in time.
    #[error("{0}")]
    Unreachable(String),
}

/// Sends messages. An implementation asks nobody but who a stranger on the internet could ask, unless its operator
/// allows more; it follows no redirect and tries once.
pub trait Poster: Send + Sync {
    /// Whether the address may be asked at all, as far as that shows without asking.
    ///
    /// # Errors
    /// [`PostError::Refused`].
    fn check(&self, url: &str) -> Result<(), PostError>;

    /// Sends a message. The answer is the HTTP status.
    fn post(&self, post: Post) -> BoxFuture<'_, Result<u16, PostError>>;
}
