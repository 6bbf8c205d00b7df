//! The real `weir` binary, as a person would run it.
//!
//! *Invariants*: every test has its own home, data folder and free ports; every process that a test
//! starts ends with the test, also when the test fails.
//!
//! *Not here*: clients of other projects (tests/compat), rules of one crate (beside the crate).

mod home;
mod running;

pub use home::{Home, Ran};
pub use running::Running;
