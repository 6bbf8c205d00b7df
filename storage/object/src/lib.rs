//! The object tier: buckets of S3, Google Cloud Storage and Azure Blob Storage, and of servers that
//! speak like them.
//!
//! ```text
//! s3://bucket/prefix?endpoint=http://127.0.0.1:9000&region=us-east-1
//! gs://bucket/prefix        az://container/prefix        file:///path
//! ```
//!
//! The crate `object_store` signs and parses; what a call has come to is decided here, by the status
//! that the server sent and not by the error that was made of it.
//!
//! *Invariants*
//! * One call is one request to the store (a listing one per page): nothing below retries.
//! * An outcome is called definite only when a status says so.
//! * Every quirk of a service is in `outcome` or `open`, and nowhere else.
//!
//! *Not here*: retries (`storage::retry`), the self-test (`storage::prove`), folders (storage-disk).

mod bucket;
mod open;
mod outcome;
mod url;
mod wire;

pub use bucket::BucketStore;
pub use open::OpenError;
pub use url::{Bucket, Service, StoreUrl, UrlError};
