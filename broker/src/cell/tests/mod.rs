//! A cell alone on a store in memory, in time that jumps.

mod auditing;
mod merging;
mod merging_amid;
mod pipelined;
mod world;
