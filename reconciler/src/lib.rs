//! Passes that make wishes true: level-triggered, over a leased work queue.
//!
//! ```text
//! API writes wish + wake row ─→ claim (lease, epoch) ─→ load ─→ Provision::advance ─→ record ─┐
//!                                     ▲                  ▲──────── more to do ────────────────┤
//!                                     └── retry later ◄── failed       nothing to do ─→ finish ┘
//! ```
//!
//! *Invariants*: a pass takes no input but what it loads; it makes at most one change to the cell
//! between two records; every write names its lease epoch, and a worker that lost the lease stops;
//! work is finished only if nobody woke it since it was claimed; a hint only shortens the wait.
//!
//! *Not here*: what a step does (provisioner), tables (api-db), rules about requests (api-app).

mod backoff;
mod pass;
mod ports;
mod runner;
mod worker;

pub use ports::{
    CellWish, Change, Claim, ClaimRequest, ClusterIntent, EnvironmentIntent, Finished, Intent,
    PendingTopic, Progress, Provision, ProvisionError, Reply, WorkError, WorkKind, WorkStore,
};
pub use runner::{Reconciler, Settings};
pub use worker::{Outcome, Worker};
