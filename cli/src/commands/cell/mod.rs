//! `weir cell`: what holds clusters.

mod audit;
mod command;
mod describe;
mod finalize;
mod migrate;
mod prove;
mod restore;
mod scale;

pub(crate) use command::Command;
