//! Postgres: how it is reached, what a server must be like, and that one control plane has it.
//!
//! Two things keep a second control plane away. An advisory lock of a session that is watched says who may
//! start, and is what people are told about. The epoch in `weir_owner`, which every transaction that writes
//! reads and holds, is what safety rests on: a process that lost its session without noticing finds another
//! epoch there and writes nothing.

mod fence;
mod owner;
mod ownership;
mod server;
mod session;
mod url;

pub use owner::Owner;
pub use ownership::{Ended, Ownership};
pub use server::OwnershipError;
pub use url::{PostgresUrl, UrlError};

pub(crate) use fence::Fence;
pub(crate) use session::{maintenance, pool};
