//! `weir context`: places that commands can go to.

mod command;
mod get;
mod list;
mod use_context;
mod view;

pub(crate) use command::Command;
