//! The fencing protocol of a cell as small worlds that are searched state by state.
//!
//! A world holds a bucket whose conditional writes are linearizable, a metadata store, and actors: incarnations of
//! brokers, sealers, writers of manifests, collection. Every actor may rest between any two of its steps, for ever if
//! need be, so a frozen or suspended machine needs no step of its own; a PUT, CAS, DELETE or transaction may be applied
//! any number of steps after its sender gave up on it. The search visits every state that can be reached.
//!
//! *Invariants* that are checked in every state
//! * I1: what was acknowledged is stored, and known to whoever became leader last.
//! * I5: an offset is acknowledged for one record only.
//! * I6, I7: nothing is acknowledged at or above a seal, nor above a slot that is not durable.
//! * I8, I9: no manifest and no range that is still needed names a missing object or leaves a hole.
//! * No alarm without a loss; no decision without everything that was acknowledged before it was asked for.
//!
//! A rule is worth its words if a world without it breaks: each [`Bug`] takes one rule away.
//!
//! *Not here*: bytes, time, liveness, and the disk's page cache (F9), which `tests/sim` cuts the power of. What is
//! modelled, and what the search taught, is in `docs/reference/fencing-model.md`.

mod bug;
mod search;
mod segments;
mod wal;
mod world;

pub use bug::{Bug, Verdict};
pub use search::{Outcome, search};
pub use world::World;
