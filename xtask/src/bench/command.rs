//! The benchmarks there are.

use anyhow::Result;

use super::{broker, options, seal};

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
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::Broker(options) => broker::run(options),
        What::Seal => seal::run(),
    }
}
