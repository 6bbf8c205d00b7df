//! The controller: the one process of a cell that writes its metadata, and decides who leads what.
//!
//! ```text
//! beats, ended connections, probes -> Liveness --+
//!   '-------------------------------> Loads -----+-> decide -> fence, seal, assign, move -> metadata
//! committed metadata ------------------ View ----+      ^
//!                                         '-> Movement -'
//! ```
//!
//! *Invariants*
//! * What is decided follows from what is committed and heard. A controller that begins in the middle of
//!   a takeover goes on with it.
//! * A live epoch is never robbed of a group: groups leave it by its own hand, or after it is sealed.
//! * Nothing here is needed for safety: two controllers, or none, lose nothing and acknowledge nothing
//!   that is not there.
//!
//! *Not here*: how a broker gains and loses groups (cell), how logs are sealed (storage).

mod decide;
mod detect;
mod driver;
mod liveness;
mod load;
mod movement;
mod place;
mod probe;
mod report;
mod settings;
#[cfg(test)]
mod tests;

pub use decide::{Action, Alarm, Decision, Situation, decide};
pub use detect::Why;
pub use driver::{Controller, ControllerParts};
pub use liveness::{Liveness, Probed, SessionId};
pub use load::{Loads, Signal};
pub use movement::Movement;
pub use settings::ControllerSettings;
