//! `weir database`: where the control plane keeps what it knows.

mod command;
mod migrate;

pub(crate) use command::Command;
