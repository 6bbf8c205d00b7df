//! `weir audit`: who did what, and who was kept from it.

mod command;
mod list;
mod settings;

pub(crate) use command::Command;
