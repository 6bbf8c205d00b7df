//! `weir quota`: how fast programs may use a cluster.

mod command;
mod create;
mod delete;
mod get;
mod list;
mod rates;
mod shape;
mod update;

pub(crate) use command::Command;
