//! `cargo xtask bench`: Weir against its peers, in one run.
//!
//! `bench broker` keeps Weir and Apache Kafka up side by side and gives the same load to one at a time, in
//! blocks A B B A; `bench seal` measures encryption at rest by itself. What a number means, and what was measured, is in `docs/reference/benchmarks.md`.

mod block;
mod broker;
mod calibrate;
mod cells;
mod client;
mod clock;
mod command;
mod counters;
mod kafka;
mod machine;
mod options;
mod report;
mod seal;
mod server;
mod session;
mod stats;
mod table;
mod tools;
mod weir;

pub(crate) use command::{Args, run};
