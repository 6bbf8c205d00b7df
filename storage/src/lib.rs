//! The storage formats and the logic over them: WAL slots, file roll-ups, manifests, the metadata log.
//!
//! A broker incarnation has one *broker epoch* and writes one WAL of dense *slots*. A slot carries
//! chunks (the record batches of one partition, verbatim), and a footer that says what is in it, so
//! that recovery reads footers and never bodies of data. Manifests, one per placement group, say where
//! the older part of each partition lies. Everything persisted carries a format level. Records can be
//! sealed under keys of their tenants before they are laid out ([`at_rest`]).
//!
//! *Invariants*
//! * A slot is acknowledged only below the durable frontier: the contiguous durable prefix.
//! * Keys, headers, footers and references are frozen; golden files in `tests/golden` guard them.
//! * A key that was deleted is never legitimately created again.
//! * What is recovered from a disk counts as durable only after it was written and synced again. What
//!   lies below the end of a log that was sealed on an object store is durable where it is.
//!
//! *Not here*: file and network access (storage-disk), offsets and producers (broker).

pub mod at_rest;
pub mod audit;
pub mod birth;
mod block_cache;
pub mod counted;
pub mod crc;
mod durations;
pub mod file_index;
pub mod ids;
pub mod keys;
pub mod levels;
pub mod manifest;
pub mod meta;
pub mod object_reader;
pub mod object_ref;
pub mod object_wal;
pub mod payload;
pub mod planted;
pub mod prove;
pub mod retry;
pub mod segment;
pub mod slot;
pub mod slow;
pub mod split;
pub mod store;
pub mod transfer;
pub mod wal;
