//! End to end: `weir up` and the commands.

mod apply;
#[path = "../../../../api/tests/it/authenticator.rs"]
mod authenticator;
mod commands;
mod encryption;
mod folder;
mod life;
mod object_store;
mod people;
mod ports;
mod records;
mod second_factor;
mod sessions;
mod transfer;
mod zero;
