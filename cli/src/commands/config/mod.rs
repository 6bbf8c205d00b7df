//! `weir config`: where settings come from.

mod command;
mod explain;

pub(crate) use command::Command;
