//! Objects in etcd, through its JSON gateway: for the metadata of a cell, which is small and wants
//! commits of a few milliseconds.
//!
//! ```text
//! etcd://host:2379,host:2379/prefix        etcds://… with TLS
//!
//! {prefix}/o/{key}                  head: nonce, count of parts, size
//! {prefix}/p/{key}\0{nonce}{part}   the bytes, in parts of at most 1 MiB
//! ```
//!
//! The version of an object is the revision and the content of its head. A head and a single part are
//! written in one transaction. More parts are written first, under a lease, and the transaction of the
//! head takes them off the lease: what no head ever names expires by itself.
//!
//! *Invariants*
//! * Reads are linearizable: `serializable` is never asked for.
//! * A call is sent a second time only when the first one was refused for its token, or never left.
//! * An outcome is called definite only when etcd says so.
//!
//! *Not here*: retries (`storage::retry`), which keys go to etcd (`storage::split`), watches.

mod address;
mod client;
mod layout;
mod outcome;
mod rpc;
mod store;

pub use address::{AddressError, EtcdAddress};
pub use client::{Login, LoginError};
pub use store::EtcdStore;
