//! The control-plane store: SQLite for one machine, Postgres beyond it, through the same entities,
//! queries and migrations.
//!
//! *Invariants*: every method of a port is one transaction; a change of what a pass works on carries
//! its wake row in the same transaction; every write of a pass names its lease epoch; SQLite runs with
//! a write-ahead log, `synchronous=FULL` and one writer; a store of a newer format is refused; on a Postgres
//! that is owned, every transaction that writes is one of the owner's epoch.
//!
//! *Not here*: rules (api-app), passes (reconciler), the tables' definition (api-migrations).

mod config;
mod convert;
mod copy;
#[expect(unreachable_pub, reason = "the derive of entities needs public items")]
mod entity;
mod errors;
mod failpoint;
mod moving;
mod open;
mod postgres;
mod queue;
mod repo;
mod store;

pub use config::StoreConfig;
pub use copy::{FileCopy, copy_file};
pub use errors::OpenError;
pub use moving::{MoveError, Moved};
pub use postgres::{Ended, Owner, Ownership, OwnershipError, PostgresUrl, UrlError};
pub use store::Store;
