//! The local cell: applies steps to a data plane in the same process.
//!
//! *Invariants*: applying a step again has the same outcome; a topic that exists already counts as
//! made; only an answer that can never change is final.
//!
//! *Not here*: the data plane itself (broker), the plan (provisioner), retries (reconciler).

mod cell;
mod errors;

pub use cell::LocalCell;
