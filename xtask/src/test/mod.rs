//! `cargo xtask test`: every gate and every suite, with minutes per stage and one sum at the end.
//!
//! A gate (format, clippy, tidy, build) counts as one test; a suite counts what it says of itself. A stage
//! that fails does not keep the others from running, unless they need what it builds.

mod counts;
mod run;
mod stages;

pub(crate) use run::{Args, run};
