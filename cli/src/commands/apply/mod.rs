//! `weir apply`: makes what files describe, and changes what differs.
//!
//! Every document becomes a wish, every wish a step: nothing to do, something to make, or something to change. All steps are
//! computed, and checked by the server, before the first is taken; nothing is ever deleted. A step is computed anew right
//! before it is taken, with the ids that the steps before it made.

mod command;
mod fields;
mod object;
mod source;
mod step;
mod take;
mod wish;
mod world;

pub(crate) use command::{Args, run};
