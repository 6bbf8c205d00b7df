//! What has to be done so that a cell serves what is wanted: a pure plan, and the port that does it.
//!
//! ```text
//! desired ──┐
//!           ├─ plan ─→ steps ─→ CellProvider::apply, one at a time
//! observed ─┘
//! ```
//!
//! *Invariants*: [`plan`] depends on its arguments alone and is empty once nothing is missing; a step
//! may be applied again at any time with the same outcome; nothing here retries.
//!
//! *Not here*: the queue, leases and back-off (reconciler), cells (provisioner-local and the clouds).

mod advance;
mod plan;
mod provider;

pub use advance::{Advance, advance};
pub use plan::{Desired, DesiredTopic, Observed, Step, plan};
pub use provider::{CellProvider, ProviderError};
