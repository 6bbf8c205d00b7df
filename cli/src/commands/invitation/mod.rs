//! `weir invitation`: people are asked to join, and join.

mod accept;
mod command;
mod create;
mod delete;
mod get;
mod list;
mod renew;
mod shape;

pub(crate) use command::Command;
