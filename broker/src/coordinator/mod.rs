//! Groups at work: drives the state machines of the coordinator slots, and keeps their logs.

mod log;
mod service;
mod slot;

pub use service::Groups;
