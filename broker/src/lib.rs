//! The Kafka server over the storage formats: partitions, producers, groups, and the wire.
//!
//! ```text
//! connection -> Produce -> partition (offset, dedup) -> WAL buffer -> WAL thread -> durable frontier
//!                                                                        |-> high watermark, cache
//!            <- acknowledgement, in request order <----------------------+-> waiting fetches
//! ```
//!
//! *Invariants*
//! * Acknowledgements follow the durable prefix of the WAL; nothing above it is ever served.
//! * The WAL order of a partition is its offset order.
//! * A duplicate is answered only when its original is durable.
//! * The key decides the tenant; every internal key is (tenant, name).
//!
//! *Not here*: sockets and TLS (broker-listener), files (storage-disk), who may have a key (api-app).

mod access;
mod api;
pub mod cell;
pub mod controller;
pub mod coordinator;
pub mod group;
pub mod member;
pub mod meta;
pub mod partition;
mod quota;
pub mod rpc;
pub mod server;
pub mod usage;
mod wal;
