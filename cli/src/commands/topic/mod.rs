//! `weir topic`: topics of a cluster, and the records in them.

mod command;
mod connect;
mod consume;
mod create;
mod delete;
mod get;
mod list;
mod produce;
mod shape;
mod stdin;
mod update;

pub(crate) use command::Command;
