//! The port to an object store: put-if-absent, compare-and-swap, get, list, delete.

use bytes::Bytes;
use futures_util::future::BoxFuture;

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

/// Why a store call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Put-if-absent met an object.
    #[error("object {0} exists")]
    Exists(String),
    /// Compare-and-swap met another version.
    #[error("object {0} was changed by someone else")]
    Changed(String),
    /// Nothing is there.
    #[error("object {0} does not exist")]
    NotFound(String),
    /// The medium failed or is full; on a disk this ends the incarnation.
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

/// A store of objects under one cell's prefix. Every successful put is durable.
pub trait ObjectStore: Send + Sync + std::fmt::Debug {
    /// Writes an object under the condition of `mode`.
    fn put(
        &self,
        key: String,
        body: Bytes,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>>;

    /// Reads an object.
    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>>;

    /// Lists keys below `prefix` (a folder without a trailing slash), sorted.
    fn list(&self, prefix: String) -> BoxFuture<'_, Result<Vec<String>, StoreError>>;

    /// Deletes an object; absence is no error.
    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>>;
}
