//! One file a command: arguments in, an [`crate::output::Outcome`] out.
//!
//! *Invariants*: no command prints (streams write through `output`); every create names the next
//! useful command; every destructive verb asks.

mod api_key;
mod apply;
mod arguments;
mod audit;
mod backup;
pub(crate) mod broker;
mod cell;
mod cli;
mod cluster;
mod completion;
mod config;
mod context;
mod database;
mod deleted;
mod down;
mod env;
mod invitation;
mod notification;
mod quota;
mod reset;
mod security;
mod service_account;
mod session;
mod status;
mod topic;
pub(crate) mod up;
mod user;

#[cfg(test)]
mod golden;

pub(crate) use arguments::Globals;
pub(crate) use cli::{Cli, Command};
