use std::path::PathBuf;

use crate::error::CliError;
use crate::roles::{BackgroundBytes, BrokerSettings, broker};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data folder of the `weir up` that the broker belongs to
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Number of the broker in its cell
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(2..=64))]
    id: i32,
    /// Memory for records that were just written
    #[arg(long, value_name = "BYTES", default_value_t = 64 * 1024 * 1024)]
    cache_bytes: usize,
    /// Bytes a second that it moves in the background between slots and segments; 0 is no bound
    #[arg(long, value_name = "BYTES", default_value_t = BackgroundBytes::default())]
    background_bytes: BackgroundBytes,
}

pub(crate) async fn run(args: Args) -> Result<(), CliError> {
    let Args { data_dir: folder, id, cache_bytes, background_bytes } = args;
    broker(BrokerSettings { folder, id, cache_bytes, background_bytes }).await
}
