//! Feeds damaged bytes to every decoder that reads what Weir did not write itself just now, and arbitrary
//! clients to the coordinator of groups.
//!
//! A target has valid inputs to begin with and a function that decodes. The engine changes inputs, keeps
//! those that make a target behave in a new way, and looks for panics, for decodes that take too long, and
//! for memory that grows beyond what the input can justify. One seed is one run.
//!
//! *Invariants*
//! * A finding carries its input, and the input alone reproduces it.
//! * Checksums do not protect a decoder from the engine: targets with checksums seal what was changed.
//!
//! *Not here*: coverage from the compiler (the workspace in `fuzz/` has it, and runs these targets), sockets,
//! whole servers.

mod engine;
mod last_input;
mod mutate;
mod target;
mod targets;

pub use engine::{Budget, Finding, Report, run};
pub use last_input::LastInput;
pub use target::Target;
pub use targets::all;
