//! One pairing: both brokers up, the matrix in blocks A B B A.

use anyhow::Result;
use serde::Serialize;

use super::block::{Blocks, Sample};
use super::calibrate::{self, NullClient};
use super::cells::{self, Cell, LATENCY_RATE, Load};
use super::clock;
use super::server::Server;

/// A cell and the blocks it got.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    pub(super) cell: Cell,
    pub(super) pairs: Vec<Pair>,
    /// Samples that do not count, each with its flaws.
    pub(super) dropped: Vec<Sample>,
}

/// Two blocks that ran one after the other.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    pub(super) subject: Sample,
    pub(super) kafka: Sample,
}

#[derive(Debug, Serialize)]
pub(super) struct Session {
    pub(super) fsync: String,
    /// Batch size and Kafka's bytes per second, measured before the pairs.
    pub(super) kafka_peaks: Vec<(u64, f64)>,
    pub(super) null_clients: Vec<NullClient>,
    pub(super) cells: Vec<Measured>,
}

/// The broker that is compared. It may be started afresh between blocks to give disk space back.
pub(super) trait Subject {
    fn server(&self) -> &Server;
    fn bound_disk(&mut self) -> Result<()>;
}

/// Small batches until the time is over, since a JVM compiles by requests and not by bytes; then each size
/// once. Returns MB/s of each block, to see it get flat.
pub(super) fn warm(
    blocks: &Blocks,
    server: &Server,
    batches: &[u64],
    seconds: u64,
) -> Result<Vec<f64>> {
    let mut speeds = Vec::new();
    let mut one = |batch| -> Result<()> {
        let cell = Cell { batch, load: Load::Saturated };
        let sample = blocks.run(server, None, cell, None)?;
        speeds.push((sample.bytes_per_second() / 1e6).round());
        Ok(())
    };
    let begin = clock::now();
    let smallest = batches.iter().copied().min();
    while let Some(batch) = smallest.filter(|_| clock::elapsed(begin).as_secs() < seconds) {
        one(batch)?;
    }
    batches.iter().try_for_each(|batch| one(*batch))?;
    Ok(speeds)
}

pub(super) struct Plan<'a> {
    pub(super) blocks: &'a Blocks,
    pub(super) fsync: &'a str,
    pub(super) batches: &'a [u64],
    pub(super) pairs: usize,
    pub(super) broker_core: u32,
}

impl Plan<'_> {
    pub(super) fn run(&self, subject: &mut dyn Subject, kafka: &Server) -> Result<Session> {
        let mut session = Session {
            fsync: self.fsync.to_owned(),
            kafka_peaks: Vec::new(),
            null_clients: Vec::new(),
            cells: Vec::new(),
        };
        for &batch in self.batches {
            let cell = Cell { batch, load: Load::Saturated };
            let peak =
                self.blocks.run(kafka, Some(subject.server()), cell, None)?.bytes_per_second();
            let rates = calibrate::rates(peak, &[LATENCY_RATE]);
            session.kafka_peaks.push((batch, peak));
            session.null_clients.push(NullClient::measure(
                self.blocks,
                self.broker_core,
                batch,
                &rates,
            )?);
        }
        for cell in cells::matrix(self.batches) {
            let peak = session.kafka_peaks.iter().find(|(batch, _)| *batch == cell.batch);
            let rate = cell.rate(peak.map_or(0.0, |(_, peak)| *peak));
            session.cells.push(self.measure(subject, kafka, cell, rate)?);
        }
        Ok(session)
    }

    fn measure(
        &self,
        subject: &mut dyn Subject,
        kafka: &Server,
        cell: Cell,
        rate: Option<f64>,
    ) -> Result<Measured> {
        let mut measured = Measured { cell, pairs: Vec::new(), dropped: Vec::new() };
        for pair in 0..self.pairs {
            let (first, second) = if pair % 2 == 0 {
                let first =
                    self.block(subject.server(), kafka, cell, rate, &mut measured.dropped)?;
                (first, self.block(kafka, subject.server(), cell, rate, &mut measured.dropped)?)
            } else {
                let second =
                    self.block(kafka, subject.server(), cell, rate, &mut measured.dropped)?;
                (self.block(subject.server(), kafka, cell, rate, &mut measured.dropped)?, second)
            };
            subject.bound_disk()?;
            if let (Some(subject), Some(kafka)) = (first, second) {
                measured.pairs.push(Pair { subject, kafka });
            }
        }
        Ok(measured)
    }

    /// A good sample, at the second attempt at the latest.
    fn block(
        &self,
        server: &Server,
        peer: &Server,
        cell: Cell,
        rate: Option<f64>,
        dropped: &mut Vec<Sample>,
    ) -> Result<Option<Sample>> {
        for _ in 0..2 {
            let sample = self.blocks.run(server, Some(peer), cell, rate)?;
            println!(
                "  {:<6} {:<18} {:>6.0} MB/s, broker {:.2} CPU-s/GB, p99 {:.1} ms{}",
                server.name,
                cell.name(),
                sample.bytes_per_second() / 1e6,
                sample.produce_cost.broker / sample.gigabytes(),
                sample.produced.record_latency.p99_us / 1e3,
                sample.flaws.iter().map(|flaw| format!("; dropped: {flaw}")).collect::<String>(),
            );
            if sample.flaws.is_empty() {
                return Ok(Some(sample));
            }
            dropped.push(sample);
        }
        Ok(None)
    }
}
