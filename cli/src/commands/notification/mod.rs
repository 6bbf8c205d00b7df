//! `weir notification`: who is told of what happens.

mod command;
mod create;
mod delete;
mod deliveries;
mod list;
mod shape;
mod subscribe;
mod subscriptions;
mod test;
mod types;
mod unsubscribe;

pub(crate) use command::Command;
