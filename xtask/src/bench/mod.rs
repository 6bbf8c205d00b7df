//! `cargo xtask bench`: Weir against its peers, in one run.
//!
//! `bench broker` keeps Weir and Apache Kafka up side by side and gives the same load to one at a time, in
//! blocks A B B A. `bench object` puts a Weir on a store that answers as late as one far away, and counts
//! what it asks for. `bench moves` moves topics of several sizes between brokers. `bench seal` measures
//! encryption at rest by itself. `bench api` asks the control plane in an open loop. What a number means, and what was measured, is in `docs/reference/benchmarks.md`.

mod api;
mod api_load;
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
mod moves;
mod object;
mod object_options;
mod object_table;
mod options;
mod report;
mod seal;
mod server;
mod session;
mod stats;
mod store_use;
mod swell;
mod table;
mod tools;
mod weir;

pub(crate) use command::{Args, run};
