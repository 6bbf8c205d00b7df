use std::time::Duration;

use anyhow::Result;
use common_seams::{Rng, SeededRng};

use crate::line::{Kind, Line};
use crate::model::Known;
use crate::records::{Batch, value};
use crate::site::Site;

/// Batches in flight: as many as a broker remembers of a producer.
const DEPTH: usize = 5;

/// How much a producer sends, and how fast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Most batches; none: until another process takes over, or nothing new is wanted.
    pub(crate) batches: Option<u64>,
    /// Longest pause between two.
    pub(crate) pause: Duration,
    /// A connection on which nothing is answered for so long is given up.
    pub(crate) patience: Duration,
}

/// An idempotent producer at one process.
pub(crate) struct Producer {
    pub(crate) site: Site,
    pub(crate) place: usize,
    pub(crate) number: usize,
    pub(crate) rng: SeededRng,
    pub(crate) pace: Pace,
}

impl Producer {
    /// First sends again what was not answered, then new batches. Connects again as often as it takes.
    pub(crate) async fn run(mut self) {
        while self.site.leads() {
            // A connection that ends is no finding.
            let _ended = self.connected().await;
            let done = self.pace.batches == Some(0) && self.waiting() == 0;
            if done || self.site.has_ended() || !self.site.again().await {
                return;
            }
        }
    }

    /// Until the connection ends, another process leads, or all is sent and answered.
    pub(crate) async fn connected(&mut self) -> Result<()> {
        let mut line = Line::open(&self.site, self.place, self.number, Kind::Orderly).await?;
        let mut twice = None;
        let mut heard = tokio::time::Instant::now();
        for batch in self.pending() {
            if !self.site.leads() {
                return Ok(());
            }
            line.send(&batch).await?;
        }
        while self.site.leads() && !line.is_over() {
            let waiting = self.waiting();
            if self.pace.batches == Some(0) && waiting == 0 {
                return Ok(());
            }
            let quiet = self.site.model.lock().quiet || self.pace.batches == Some(0);
            if waiting >= DEPTH || quiet {
                let soon = tokio::time::sleep(Duration::from_millis(500));
                tokio::select! {
                    biased;
                    () = line.news() => heard = tokio::time::Instant::now(),
                    () = soon => {}
                }
                if waiting > 0 && heard.elapsed() > self.pace.patience {
                    line.give_up();
                    return Ok(());
                }
                continue;
            }
            let batch = self.next();
            self.pace.batches = self.pace.batches.map(|left| left - 1);
            line.send(&batch).await?;
            if self.rng.below(6) == 0 {
                self.send_again(&mut twice, &batch).await?;
            }
            let most = u64::try_from(self.pace.pause.as_millis())?;
            if most > 0 {
                tokio::time::sleep(Duration::from_millis(self.rng.below(most))).await;
            }
        }
        Ok(())
    }

    /// As a client that timed out and did not wait for the answer.
    async fn send_again(&self, twice: &mut Option<Line>, batch: &Batch) -> Result<()> {
        if twice.as_ref().is_none_or(Line::is_over) {
            *twice = Some(Line::open(&self.site, self.place, self.number, Kind::Again).await?);
        }
        match twice {
            Some(line) => line.send(batch).await,
            None => Ok(()),
        }
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.site.model.lock().partitions[self.place])
    }

    fn waiting(&self) -> usize {
        self.known(|known| known.producers[self.number].waiting())
    }

    fn pending(&self) -> Vec<Batch> {
        self.known(|known| known.producers[self.number].pending())
    }

    /// The next batch, which counts as sent from here on.
    fn next(&self) -> Batch {
        let timestamp = self.site.clock.wall_ms();
        let count = i32::try_from(1 + self.rng.below(8)).unwrap_or(1);
        let lengths: Vec<usize> = (0..count)
            .map(|_| {
                let most = if self.rng.below(16) == 0 { 40_000 } else { 1_000 };
                usize::try_from(20 + self.rng.below(most)).unwrap_or(20)
            })
            .collect();
        self.known(|known| {
            let producer = &mut known.producers[self.number];
            let first_sequence = producer.next_sequence;
            let sequences = first_sequence..;
            let values = sequences
                .zip(lengths)
                .map(|(sequence, length)| value(self.place, self.number, sequence, length))
                .collect();
            producer.next_sequence += count;
            let identity = producer.identity.unwrap_or((-1, -1));
            let batch = Batch { producer: identity, first_sequence, timestamp, values };
            producer.sent(batch.clone());
            batch
        })
    }
}
