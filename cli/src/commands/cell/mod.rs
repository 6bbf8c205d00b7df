//! `weir cell`: what holds clusters.

mod command;
mod prove;

pub(crate) use command::Command;
