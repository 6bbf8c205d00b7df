//! A store for tests and simulations that does everything a real store may do to its callers.
//!
//! [`SimStore`] is a linearizable map with a network around it. A request leaves when its future is
//! first polled, is applied when it arrives, and is answered later; dropping the future loses the
//! answer, never the request. [`Faults`] say how often which [`Fate`] befalls a request, a test can
//! [`plan`](SimStore::plan) the fate of a single one, and a [`Flaw`] makes the store one that nobody
//! should trust.
//!
//! *Invariants*
//! * One seed is one run: all chance comes from the [`Rng`](common_seams::Rng), all time from
//!   `tokio::time`, which a test pauses.
//! * Without flaws, what is applied is linearizable, however late it is applied.
//!
//! *Not here*: power cuts of a disk (tests/sim), real servers (storage-object).

mod clear_keys;
mod faults;
mod objects;
mod request;
mod sim;
mod world;

pub use clear_keys::ClearKeys;
pub use faults::{Fate, Faults, Flaw, Latency};
pub use sim::SimStore;
pub use storage::counted::{Count, Counts, Op};
