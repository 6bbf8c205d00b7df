//! A small Kafka client for `weir topic produce` and `weir topic consume`.
//!
//! *Invariants*: every call has a time-out; a record counts as sent only after the broker said so;
//! unkeyed and keyed records go where Kafka's Java client would put them; nothing is created behind
//! a person's back.
//!
//! *Not here*: consumer group membership (a group here only remembers offsets), transactions.

mod address;
mod cluster;
mod connection;
mod consumer;
mod error;
mod group;
mod offsets;
mod partitioner;
mod producer;
mod records;
mod tls;

pub(crate) use address::{Bootstrap, Protocol};
pub(crate) use cluster::Cluster;
pub(crate) use connection::Sasl;
pub(crate) use consumer::Consumer;
pub(crate) use offsets::From;
pub(crate) use partitioner::of_key;
pub(crate) use producer::{Producer, Sent};
pub(crate) use records::{Fetched, NewRecord};
