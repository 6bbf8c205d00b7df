//! The wire between the processes of a cell: many requests at a time over one connection.
//!
//! ```text
//! hello   client: magic, version, cell, nonce     server: version, verdict, nonce, proof     client: proof
//! frame   length u32 | kind u8 | id u64 | length of head u32 | head, JSON | body, bytes as they are
//! ```
//!
//! Heads are JSON because what they carry is stored as JSON anyway: transactions, snapshots, access. What
//! is large, or not JSON, is a body and is neither copied nor encoded again.
//!
//! *Invariants*
//! * Before a peer has proven that it knows the secret of the cell, a connection costs a few hundred bytes
//!   and a few seconds.
//! * Memory grows with the bytes that came, never with what a peer promises, and has a bound over all
//!   connections of a server.
//! * A call whose connection ends has an unknown outcome, unless it was never sent.
//!
//! *Not here*: sockets (broker-listener), what requests do (controller, cell), encryption: put TLS
//! beneath, or use a private network.

mod client;
mod hello;
mod message;
mod network;
mod server;
#[cfg(test)]
mod tests;
mod wire;

pub use client::{CallError, Client};
pub use hello::{CellSecret, HelloError, Membership};
pub use message::{
    Answer, Beat, BrokerReport, CellReport, Clients, EndedLog, Failure, MoveReport, PgLoad,
    Request, Response,
};
pub use network::{DialError, Network, Stream, dial};
pub use server::{RpcServer, ServeError, Service, Session};
