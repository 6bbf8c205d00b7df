//! Client of Weir's public REST API, for commands and tests.
//!
//! Objects travel as the JSON that the API sent ([`serde_json::Value`]): a command prints them
//! unchanged, and a newer server may add members that an older client has never heard of.
//!
//! *Invariants*: every request has a time-out; only GET is repeated, at most [`GET_ATTEMPTS_MAX`]
//! times; a list follows `metadata.next` for at most [`LIST_PAGES_MAX`] pages; secrets never appear
//! in `Debug` output or in an error.
//!
//! *Not here*: what to print, where credentials are kept, the Kafka protocol.

mod client;
mod credentials;
mod error;
mod http;
mod list;
mod path;

pub use client::{Client, Options};
pub use credentials::Credentials;
pub use error::{ApiError, ClientError};
pub use http::{GET_ATTEMPTS_MAX, HttpOptions, http_client};
pub use list::LIST_PAGES_MAX;
pub use path::Path;
