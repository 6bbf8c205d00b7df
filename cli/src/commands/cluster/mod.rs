//! `weir cluster`: Kafka clusters.

mod command;
mod create;
mod delete;
mod events;
mod get;
mod list;
mod shape;
mod update;

pub(crate) use command::Command;
pub(super) use create::until_provisioned;
