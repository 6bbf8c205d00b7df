//! The Kafka wire, sans-IO: request headers, record batch headers, and our own path for Produce and
//! Fetch, which never copies records. All other messages come from the `kafka-protocol` crate.
//!
//! *Invariants*
//! * No length that a peer sends is trusted: nothing is allocated beyond the bytes that are there.
//! * Record batches are opaque: stored and sent as they came, but for base offset and leader epoch,
//!   which lie outside their checksum.
//!
//! *Not here*: sockets, sessions, offsets.

pub mod batch;
pub mod cursor;
pub mod error_code;
pub mod fetch;
pub mod header;
pub mod leader;
pub mod new_batch;
pub mod produce;
pub mod records;
pub mod shape;
pub mod versions;
