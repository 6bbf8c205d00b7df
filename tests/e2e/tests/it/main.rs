//! End to end: `weir up` and the commands.

mod commands;
mod encryption;
mod folder;
mod life;
mod object_store;
mod ports;
mod records;
mod sessions;
mod transfer;
mod zero;
