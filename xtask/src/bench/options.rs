//! What can be asked of `cargo xtask bench broker`.

use std::path::PathBuf;

use anyhow::{Result, bail};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Seconds of load in a block
    #[arg(long, default_value_t = 8)]
    pub(super) seconds: u64,

    /// Pairs of blocks a cell gets
    #[arg(long, default_value_t = 5)]
    pub(super) pairs: usize,

    /// Batch sizes: bytes, or with k or m behind
    #[arg(long, value_delimiter = ',', default_values = ["16k", "64k", "1m"], value_parser = parse_bytes)]
    pub(super) batch: Vec<u64>,

    /// The pairings to run: `never` is Weir without fsync against Kafka as it comes, `always` is Weir as
    /// it comes against Kafka with flush.messages=1
    #[arg(long, value_delimiter = ',', default_values = ["never", "always"], value_parser = ["never", "always"])]
    pub(super) fsync: Vec<String>,

    /// Two pairs of 3 seconds, little warming, page cache not filled: shows that it works, not how fast
    #[arg(long)]
    pub(super) quick: bool,

    /// Seconds Kafka is warmed
    #[arg(long, default_value_t = 120)]
    pub(super) warm: u64,

    /// Partitions of the topic
    #[arg(long, default_value_t = 16)]
    pub(super) partitions: u32,

    /// Connections of the load generator
    #[arg(long, default_value_t = 4)]
    pub(super) connections: u32,

    /// Most GB a block may write
    #[arg(long, default_value_t = 4)]
    pub(super) max_gb: u64,

    /// Puts a second Kafka in the place of Weir: what the ratios say then is the noise of the method
    #[arg(long)]
    pub(super) self_check: bool,

    /// Broker on core 1, client on core 0
    #[arg(long)]
    pub(super) swap_cores: bool,

    /// The binary to measure; built in the release profile when it is not given
    #[arg(long, env = "WEIR_BIN")]
    pub(super) weir_bin: Option<PathBuf>,
}

impl Options {
    pub(super) fn pairs(&self) -> usize {
        if self.quick { self.pairs.min(2) } else { self.pairs }
    }

    pub(super) fn seconds(&self) -> u64 {
        if self.quick { self.seconds.min(3) } else { self.seconds }
    }

    pub(super) fn warm_seconds(&self) -> u64 {
        if self.quick { self.warm.min(15) } else { self.warm }
    }

    pub(super) fn broker_core(&self) -> u32 {
        u32::from(self.swap_cores)
    }

    pub(super) fn client_core(&self) -> u32 {
        u32::from(!self.swap_cores)
    }
}

fn parse_bytes(text: &str) -> Result<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, factor) = match lower.strip_suffix(['k', 'm']) {
        Some(digits) if lower.ends_with('k') => (digits, 1 << 10),
        Some(digits) => (digits, 1 << 20),
        None => (lower.as_str(), 1),
    };
    let bytes = digits.parse::<u64>()?.saturating_mul(factor);
    if !(2048..=1 << 20).contains(&bytes) {
        bail!("a batch has 2 KiB to 1 MiB, not {bytes} bytes");
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_carry_binary_units() {
        assert_eq!(parse_bytes("16k").unwrap(), 16_384);
        assert_eq!(parse_bytes("1M").unwrap(), 1_048_576);
        assert_eq!(parse_bytes("4096").unwrap(), 4096);
    }

    #[test]
    fn sizes_no_batch_can_have_are_refused() {
        assert!(parse_bytes("1").is_err());
        assert!(parse_bytes("2m").is_err());
        assert!(parse_bytes("x").is_err());
    }
}
