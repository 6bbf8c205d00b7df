//! `weir backup`: copies of a whole Weir, checked and brought back.

mod command;
mod create;
mod restore;
mod verify;

pub(crate) use command::Command;
