//! The port to an object store: put-if-absent, compare-and-swap, get, list, delete.
//!
//! A call that fails says whether its outcome is *definite* or *unknown*
//! ([`StoreError::is_unknown`]). After a definite error the call has changed nothing and never will.
//! After an unknown one it may have been applied, or not, or it may be applied later, when the caller
//! has long gone on: the request can sit in a proxy or in a queue. So an unknown conditional put is
//! settled by another *committed* write under the same key only; reading back "unchanged" proves
//! nothing.
//!
//! Whoever retries a put after an unknown outcome sends the same bytes to the same key, and counts on
//! meeting an earlier attempt of its own as [`StoreError::Exists`] or [`StoreError::Changed`]: it
//! then compares what is there with what it sent.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::counted::StoreUse;
use crate::payload::Payload;

/// An opaque version of an object, for compare-and-swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(pub String);

/// How a put treats what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutMode {
    /// Only when nothing is there.
    IfAbsent,
    /// Only when this version is there.
    IfMatch(ETag),
}

/// Which bytes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first byte up to, not including, the second. Cut where the object ends.
    Between(Range<u64>),
    /// The last so many bytes; all of a shorter object.
    Last(u64),
}

/// A part of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The bytes.
    pub bytes: Bytes,
    /// Size of the whole object.
    pub size: u64,
}

/// An entry of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The key.
    pub key: String,
    /// Size of the object.
    pub size: u64,
}

/// What the store's own clock said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreDate {
    /// The store's wall clock in milliseconds since the Unix epoch, to a second.
    pub wall_ms: i64,
    /// When that answer came, on [`common_seams::Clock::mono`].
    pub at: Duration,
}

/// Why a store call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Put-if-absent met an object. Definite for this attempt; the object may be of an earlier
    /// attempt of the same caller.
    #[error("object {0} exists")]
    Exists(String),
    /// Compare-and-swap met another version, or nothing. Definite for this attempt; the version may
    /// be of an earlier attempt of the same caller.
    #[error("object {0} was changed by someone else")]
    Changed(String),
    /// The store refused a conditional put because another request works on the key (409). Definite.
    /// On S3 a put-if-absent gets it when the key is being deleted: for a key that nobody but the
    /// caller may delete, the caller has probably been replaced, and finds out before it tries again.
    #[error("object {0} is being changed or deleted by another request")]
    Contended(String),
    /// Nothing is there; for a put, not even the bucket. Definite. Only this means missing: after
    /// any other error of a read ask again.
    #[error("object {0} does not exist")]
    NotFound(String),
    /// A range without a byte of the object: it starts at its end, or behind it. Definite.
    #[error("object {0} is shorter than the range that was asked for")]
    Range(String),
    /// The store refuses the caller (401, 403), or does not take such a request (other 4xx).
    /// Definite for this attempt; credentials may be on their way, so it ends nothing at once.
    #[error("the store refuses {what} of {key}: {reason}; check credentials and rights")]
    Denied {
        /// The operation.
        what: &'static str,
        /// The object.
        key: String,
        /// What the store said.
        reason: String,
    },
    /// The store asks for less load (429, 503). Unknown: a proxy may say so after the store did it.
    #[error("the store is overloaded ({what} of {key}: {reason})")]
    Throttled {
        /// The operation.
        what: &'static str,
        /// The object.
        key: String,
        /// What the store said.
        reason: String,
    },
    /// A time-out, a lost connection, a server error (5xx). Unknown: may or may not have happened,
    /// and may still happen.
    #[error("no certain answer to {what} of {key}: {reason}")]
    Unknown {
        /// The operation.
        what: &'static str,
        /// The object.
        key: String,
        /// What went wrong.
        reason: String,
    },
    /// The medium failed or is full. Definite in that nothing will happen later; what is on the
    /// medium cannot be trusted, so it ends the incarnation.
    #[error("{what} failed for {key}: {reason}")]
    Io {
        /// The operation.
        what: &'static str,
        /// The object.
        key: String,
        /// What the system said.
        reason: String,
    },
}

impl StoreError {
    /// Whether the call may have been applied, or may still be.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Unknown { .. } => true,
            Self::Exists(_)
            | Self::Changed(_)
            | Self::Contended(_)
            | Self::NotFound(_)
            | Self::Range(_)
            | Self::Denied { .. }
            | Self::Io { .. } => false,
        }
    }
}

/// A store of objects under one cell's prefix. Every successful put is durable, and every later read
/// and listing shows it: puts, reads, listings and deletions are linearizable.
///
/// No method retries. Dropping a future is an unknown outcome of its call.
pub trait ObjectStore: Send + Sync + std::fmt::Debug {
    /// Writes an object under the condition of `mode`.
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>>;

    /// Reads an object.
    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>>;

    /// Reads a part of an object.
    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>>;

    /// Lists at most `max` objects below `prefix` (a folder without a trailing slash, empty for
    /// all), sorted by key, only those behind the key `after` when it is given. `after` need not
    /// exist. Fewer than `max` means that there are no more.
    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>>;

    /// Deletes an object; absence is no error.
    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>>;

    /// All keys below `prefix`, sorted.
    fn list(&self, prefix: String) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        let all = self.list_after(prefix, None, usize::MAX);
        async move { Ok(all.await?.into_iter().map(|o| o.key).collect()) }.boxed()
    }

    /// The store's clock as of its last answer. `None` when it has no clock of its own.
    fn date(&self) -> Option<StoreDate> {
        None
    }

    /// What it was asked for, where that is counted.
    fn used(&self) -> Option<StoreUse> {
        None
    }
}
