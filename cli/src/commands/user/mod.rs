//! `weir user`: people of the organisation.

mod command;
mod delete;
mod get;
mod list;
mod reset_mfa;
mod shape;
mod update;

pub(crate) use command::Command;
