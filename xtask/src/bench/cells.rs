//! The matrix: what load a block carries.

use serde::Serialize;

/// Bytes of a record's value.
pub(super) const RECORD: u64 = 1024;
/// What the record format adds to a value of that size, at most, and to a batch.
const RECORD_OVERHEAD: u64 = 11;
const BATCH_OVERHEAD: u64 = 61;
/// The rate of the latency cell.
pub(super) const LATENCY_RATE: f64 = 10e6;
/// The batch size of the latency cell: librdkafka's, Java's and most people's default order of size.
const LATENCY_BATCH: u64 = 16 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Load {
    /// As fast as the answers come.
    Saturated,
    /// Open loop, a percentage of Kafka's peak.
    Percent(u32),
    /// Open loop at 10 MB/s.
    Latency,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Cell {
    /// Bytes a batch may have.
    pub(super) batch: u64,
    pub(super) load: Load,
}

impl Cell {
    /// Records that fill a batch without passing its size.
    pub(super) fn records_per_batch(self) -> u64 {
        ((self.batch - BATCH_OVERHEAD) / (RECORD + RECORD_OVERHEAD)).max(1)
    }

    /// Bytes per second, none when saturated.
    pub(super) fn rate(self, kafka_peak: f64) -> Option<f64> {
        match self.load {
            Load::Saturated => None,
            Load::Percent(percent) => Some(kafka_peak * f64::from(percent) / 100.0),
            Load::Latency => Some(LATENCY_RATE),
        }
    }

    pub(super) fn name(self) -> String {
        let size = match self.batch {
            bytes if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
            bytes => format!("{} KiB", bytes >> 10),
        };
        match self.load {
            Load::Saturated => format!("{size} saturated"),
            Load::Percent(percent) => format!("{size} at {percent} %"),
            Load::Latency => format!("{size} at 10 MB/s"),
        }
    }
}

/// All cells of a pairing, batch by batch.
pub(super) fn matrix(batches: &[u64]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for &batch in batches {
        for load in [Load::Saturated, Load::Percent(25), Load::Percent(75)] {
            cells.push(Cell { batch, load });
        }
    }
    let batch = if batches.contains(&LATENCY_BATCH) { LATENCY_BATCH } else { batches[0] };
    cells.push(Cell { batch, load: Load::Latency });
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_batches_stay_below_their_size() {
        for batch in [2048, 16 << 10, 64 << 10, 1 << 20] {
            let records = Cell { batch, load: Load::Saturated }.records_per_batch();
            assert!(records * (RECORD + RECORD_OVERHEAD) + BATCH_OVERHEAD <= batch);
        }
    }

    #[test]
    fn every_batch_size_gets_three_loads() {
        let cells = matrix(&[16 << 10, 64 << 10, 1 << 20]);
        assert_eq!(cells.len(), 10);
        assert_eq!(cells[9].name(), "16 KiB at 10 MB/s");
    }
}
