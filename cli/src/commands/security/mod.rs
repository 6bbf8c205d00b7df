//! `weir security`: what rules over the audit log found.

mod acknowledge;
mod command;
mod findings;
mod resolve;
mod score;

pub(crate) use command::Command;
