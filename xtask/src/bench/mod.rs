//! `cargo xtask bench`: Weir against its peers, in one run.

mod run;

pub(crate) use run::{Args, run};
