//! Rules over what happened and over how things are. Each is a pure function; times come with the events.
//!
//! *Invariants*: a rule that sees the same events twice says the same; what it remembers is bounded by what it is
//! given; a finding is one thing, however often it is seen.

mod events;
mod score;
mod settings;
mod standing;

pub(crate) use events::{addresses, bursts};
pub(crate) use score::score;
pub use score::{Deduction, SecurityScore};
pub use settings::SecurityRules;
pub(crate) use standing::{Reachable, Standing, standing};
