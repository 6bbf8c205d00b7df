//! The benchmarks there are.

use anyhow::Result;

use super::{api, broker, moves, object, object_options, options, seal};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// CPU per GB, peak, latency, memory and start-up against Apache Kafka
    Broker(options::Options),
    /// CPU per GB that is sealed, and opened, by the size of the chunk
    Seal,
    /// Requests, US$ per GB, CPU and latency on an object store with simulated latency
    Object(object_options::Options),
    /// Time and store requests of moves, by the size of the topic that moves
    Moves(moves::Options),
    /// The control plane: latency of an open loop of reads and writes, and with many clusters in the store
    Api(api::Options),
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::Broker(options) => broker::run(options),
        What::Seal => seal::run(),
        What::Object(options) => object::run(options),
        What::Moves(options) => moves::run(options),
        What::Api(options) => api::run(options),
    }
}
