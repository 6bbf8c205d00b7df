//! `weir cluster`: Kafka clusters.

mod command;
mod create;
mod delete;
mod get;
mod list;
mod shape;
mod update;

pub(crate) use command::Command;
