//! End to end: `weir up` and the commands.

mod commands;
mod folder;
mod life;
mod object_store;
mod ports;
mod records;
