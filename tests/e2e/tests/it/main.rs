//! End to end: `weir up` and the commands.

mod commands;
mod folder;
mod life;
mod ports;
mod records;
