//! Reference pages that are written from the code, so that they cannot drift from it.
//!
//! *Invariants*: a page is a pure function of the code; tests compare it with the file under
//! `docs/reference`, and write the file when `WEIR_BLESS` is set.
//!
//! *Not here*: pages that a person writes.

mod commands;
mod kafka_apis;
mod rest;

pub use commands::commands;
pub use kafka_apis::kafka_apis;
pub use rest::{RestError, rest};
