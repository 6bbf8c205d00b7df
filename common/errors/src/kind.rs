use serde::{Deserialize, Serialize};

/// What kind of failure a caller sees. It decides status, exit code and whether to retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request is malformed or breaks a rule that the caller can read.
    Invalid,
    /// No or wrong credentials.
    Unauthenticated,
    /// Known caller, not allowed, and the caller may know that the thing exists.
    Forbidden,
    /// Does not exist, or the caller may not know that it does.
    NotFound,
    /// Clashes with the present state: a name that is taken, an object that is being deleted.
    Conflict,
    /// Existed and is gone for good.
    Gone,
    /// Larger than a fixed limit of the product.
    Limit,
    /// Larger than what this customer may use.
    Quota,
    /// Temporarily not possible; the same request may succeed later.
    Unavailable,
    /// Not finished in time; the outcome may be unknown.
    Timeout,
    /// A condition of the request (`If-Match`) does not hold.
    Precondition,
    /// A fault of ours.
    Internal,
}

impl ErrorKind {
    /// Whether the unchanged request may succeed later.
    #[must_use]
    pub fn retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::Timeout)
    }
}
