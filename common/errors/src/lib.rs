//! The public error vocabulary: one small set of kinds, and stable codes.
//!
//! Every edge (HTTP `errors[]`, Kafka error codes, process exit codes) maps from [`ErrorKind`] in one
//! exhaustive match of its own. A code such as `topic.partition_limit` is frozen once released.
//!
//! *Invariants*: kinds are few and never carry data; codes are lower-case words joined by dots.
//!
//! *Not here*: messages, HTTP status numbers, Kafka error numbers. They belong to the edges.

mod error;
mod kind;

pub use error::Error;
pub use kind::ErrorKind;
