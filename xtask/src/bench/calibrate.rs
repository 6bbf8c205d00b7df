//! What the load generator costs by itself, measured against a broker that does nothing.

use anyhow::Result;
use serde::Serialize;

use super::block::Blocks;
use super::cells::{Cell, Load, RECORD};
use super::client::Consumed;
use super::stats;

/// Parts of Kafka's peak at which the client is measured; once more without a limit.
const PARTS: [f64; 3] = [0.25, 0.75, 1.0];
const CONSUMED_BYTES: u64 = 3_000_000_000;

/// The client's CPU at one batch size.
#[derive(Debug, Clone, Serialize)]
pub(super) struct NullClient {
    pub(super) batch: u64,
    /// Bytes per second, CPU seconds per second; sorted.
    pub(super) produce: Vec<(f64, f64)>,
    /// CPU seconds per GB read.
    pub(super) consume_per_gb: f64,
}

impl NullClient {
    pub(super) fn measure(
        blocks: &Blocks,
        broker_core: u32,
        batch: u64,
        rates: &[f64],
    ) -> Result<Self> {
        let cell = Cell { batch, load: Load::Saturated };
        let sink = blocks.client.sink(broker_core, cell.records_per_batch())?;
        let mut produce = Vec::new();
        for rate in rates.iter().copied().map(Some).chain([None]) {
            let produced = blocks.run_null(&sink.target, cell, rate)?;
            let per_second = produced.bytes / produced.seconds;
            // A rate above what the client can send would count the saturated point twice.
            if rate.is_none_or(|rate| per_second > 0.97 * rate) {
                produce.push((per_second, produced.cpu_seconds / produced.seconds));
            }
        }
        produce.sort_by(|a, b| a.0.total_cmp(&b.0));
        let records = CONSUMED_BYTES / RECORD;
        let consumed: Consumed = blocks.client.consume(&sink.target, "null", records)?.go()?;
        Ok(Self { batch, produce, consume_per_gb: consumed.cpu_seconds / (consumed.bytes / 1e9) })
    }

    /// CPU seconds the client needs to send for `seconds` at a rate.
    pub(super) fn produce_cpu(&self, bytes_per_second: f64, seconds: f64) -> f64 {
        stats::interpolate(&self.produce, bytes_per_second) * seconds
    }
}

/// The rates worth knowing when Kafka's peak is `peak`.
pub(super) fn rates(peak: f64, also: &[f64]) -> Vec<f64> {
    let parts = PARTS.iter().map(|part| peak * part);
    parts.chain(also.iter().copied()).collect()
}
