//! What can be asked of `cargo xtask bench object`.

use std::path::PathBuf;
use std::time::Duration;

/// A broker looks for what is due once a minute.
const SETTLE: Duration = Duration::from_secs(65);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// MB offered a second, one load each; none leaves them out
    #[arg(long, value_delimiter = ',', default_values_t = [1.0, 5.0, 16.0, 50.0])]
    pub(super) rate: Vec<f64>,

    /// Seconds of a load at a rate, at least
    #[arg(long, default_value_t = 40)]
    pub(super) seconds: u64,

    /// Compactions that a load at a rate lasts for, at least
    #[arg(long, default_value_t = 4)]
    pub(super) passes: u64,

    /// Seconds of the saturated load; 0 leaves it out
    #[arg(long, default_value_t = 20)]
    pub(super) saturated_seconds: u64,

    /// Seconds for which an idle cell is watched; 0 leaves it out
    #[arg(long, default_value_t = 300)]
    pub(super) idle_seconds: u64,

    /// Most GB a load may write
    #[arg(long, default_value_t = 4)]
    pub(super) max_gb: u64,

    /// Bytes of a batch
    #[arg(long, default_value_t = 64 << 10)]
    pub(super) batch: u64,

    /// Half of the store's answers take longer, in milliseconds
    #[arg(long, default_value_t = 30)]
    pub(super) median_ms: u64,

    /// One of a hundred takes longer, in milliseconds
    #[arg(long, default_value_t = 150)]
    pub(super) p99_ms: u64,

    /// Seed of the store's slowness
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,

    /// Partitions of the topic
    #[arg(long, default_value_t = 16)]
    pub(super) partitions: u32,

    /// Connections of the load generator, five requests on their way each
    #[arg(long, default_value_t = 64)]
    pub(super) connections: u32,

    /// Where the bucket is made, as /dev/shm [default: below the target folder]
    #[arg(long)]
    pub(super) bucket: Option<PathBuf>,

    /// Do not wait for the last manifests: what is printed is a little too low
    #[arg(long)]
    pub(super) no_settle: bool,

    /// The binary to measure; built in the release profile when it is not given
    #[arg(long, env = "WEIR_BIN")]
    pub(super) weir_bin: Option<PathBuf>,
}

impl Options {
    /// As the broker reads it.
    pub(super) fn slowness(&self) -> String {
        format!("{},{},{}", self.median_ms, self.p99_ms, self.seed)
    }

    pub(super) fn settle(&self) -> Duration {
        if self.no_settle { Duration::ZERO } else { SETTLE }
    }
}
