//! `weir cell`: what holds clusters.

mod audit;
mod command;
mod describe;
mod prove;
mod scale;

pub(crate) use command::Command;
