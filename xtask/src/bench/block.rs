//! One block: a fresh topic, one load on one broker, what it cost, and the proof that the bytes arrived.

use std::cell::{Cell as Counter, RefCell};
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::cells::Cell;
use super::client::{Client, Consumed, Produce, Produced, Target};
use super::clock;
use super::counters::{self, Interval, Memory, Snapshot};
use super::machine::{self, Ballast};
use super::server::Server;

/// Above this part of stolen time a block says more about the neighbours than about the broker.
const MOST_STEAL: f64 = 0.02;
/// CPU seconds per second above which the other broker was not idle.
const MOST_PEER: f64 = 0.10;
/// Deleting a topic goes on behind the answer; the next block starts after it.
const SETTLE: Duration = Duration::from_millis(1500);

/// What blocks share.
pub(super) struct Blocks {
    pub(super) client: Client,
    pub(super) seconds: u64,
    pub(super) most_bytes: u64,
    pub(super) made: Counter<u32>,
    pub(super) ballast: RefCell<Ballast>,
}

/// CPU seconds of one measured span, by whom.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Cost {
    pub(super) seconds: f64,
    pub(super) steal: f64,
    /// Everything on the machine but the idle peer.
    pub(super) machine: f64,
    pub(super) broker: f64,
    pub(super) peer: f64,
    /// The load generator's own count in this run.
    pub(super) client: f64,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Sample {
    pub(super) server: &'static str,
    pub(super) cell: Cell,
    /// Bytes per second asked for; none when saturated.
    pub(super) rate: Option<f64>,
    pub(super) produced: Produced,
    pub(super) produce_cost: Cost,
    pub(super) consumed: Option<Consumed>,
    pub(super) consume_cost: Option<Cost>,
    pub(super) memory: Memory,
    /// Why the sample does not count; empty for a good one.
    pub(super) flaws: Vec<String>,
}

impl Sample {
    pub(super) fn bytes_per_second(&self) -> f64 {
        self.produced.bytes / self.produced.seconds
    }

    pub(super) fn gigabytes(&self) -> f64 {
        self.produced.bytes / 1e9
    }

    /// Whether the load generator, not the broker, set the pace.
    pub(super) fn client_limited(&self) -> bool {
        self.rate.is_none() && self.produce_cost.client > 0.93 * self.produced.seconds
    }

    pub(super) fn held_its_rate(&self) -> bool {
        self.rate.is_none_or(|rate| self.bytes_per_second() > 0.97 * rate)
    }
}

impl Blocks {
    /// Loads `server` while `peer` must be idle. Saturated blocks are read back as well.
    pub(super) fn run(
        &self,
        server: &Server,
        peer: Option<&Server>,
        cell: Cell,
        rate: Option<f64>,
    ) -> Result<Sample> {
        self.ballast.borrow_mut().fill()?;
        let topic = self.next_topic();
        self.client.create_topic(&server.target, &topic, &server.topic_configs)?;
        let (produced, interval) = self.produce(server, peer, &topic, cell, rate)?;
        let produce_cost = Cost::of(&interval, produced.cpu_seconds);
        let mut flaws = flaws(&interval, &produced);
        let kept = self.client.end_offsets(&server.target, &topic)?;
        if kept != produced.warmed + produced.acked {
            flaws.push(format!(
                "{} records were acknowledged, {kept} are there",
                produced.warmed + produced.acked
            ));
        }
        let (mut consumed, mut consume_cost) = (None, None);
        if rate.is_none() {
            let (result, cost) = self.consume(server, peer, &topic, kept)?;
            if result.errors > 0 {
                flaws.push(format!("{} errors while reading", result.errors));
            }
            (consumed, consume_cost) = (Some(result), Some(cost));
        }
        let memory = counters::memory(server.pid())?;
        self.client.delete_topic(&server.target, &topic)?;
        clock::sleep(SETTLE);
        machine::sync()?;
        let name = server.name;
        Ok(Sample {
            server: name,
            cell,
            rate,
            produced,
            produce_cost,
            consumed,
            consume_cost,
            memory,
            flaws,
        })
    }

    /// The same load on the null broker: CPU seconds of the client, and bytes per second.
    pub(super) fn run_null(
        &self,
        target: &Target,
        cell: Cell,
        rate: Option<f64>,
    ) -> Result<Produced> {
        self.client.produce(target, "null", &self.load(cell, rate))?.go()
    }

    fn produce(
        &self,
        server: &Server,
        peer: Option<&Server>,
        topic: &str,
        cell: Cell,
        rate: Option<f64>,
    ) -> Result<(Produced, Interval)> {
        let pids: Vec<u32> = std::iter::once(server).chain(peer).map(Server::pid).collect();
        let ready = self.client.produce(&server.target, topic, &self.load(cell, rate))?;
        let before = Snapshot::take(&pids)?;
        let produced = ready.go()?;
        // Pages that are written back later were dirtied by this block: it pays for them.
        machine::sync()?;
        Ok((produced, Snapshot::take(&pids)?.since(&before)))
    }

    fn consume(
        &self,
        server: &Server,
        peer: Option<&Server>,
        topic: &str,
        records: u64,
    ) -> Result<(Consumed, Cost)> {
        let pids: Vec<u32> = std::iter::once(server).chain(peer).map(Server::pid).collect();
        let ready = self.client.consume(&server.target, topic, records)?;
        let before = Snapshot::take(&pids)?;
        let consumed: Consumed = ready.go()?;
        let interval = Snapshot::take(&pids)?.since(&before);
        let cost = Cost::of(&interval, consumed.cpu_seconds);
        Ok((consumed, cost))
    }

    fn load(&self, cell: Cell, rate: Option<f64>) -> Produce {
        Produce {
            records_per_batch: cell.records_per_batch(),
            rate,
            seconds: self.seconds,
            most_bytes: self.most_bytes,
            in_flight: None,
        }
    }

    fn next_topic(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("bench-{}", self.made.get())
    }
}

impl Cost {
    fn of(interval: &Interval, client: f64) -> Self {
        let broker = interval.processes.first().copied().unwrap_or_default();
        let peer = interval.processes.get(1).copied().unwrap_or_default();
        Self {
            seconds: interval.seconds,
            steal: interval.steal,
            machine: interval.busy - peer,
            broker,
            peer,
            client,
        }
    }
}

fn flaws(interval: &Interval, produced: &Produced) -> Vec<String> {
    let mut flaws = Vec::new();
    if interval.steal > MOST_STEAL {
        flaws.push(format!("the host took {:.1} % of the machine away", interval.steal * 100.0));
    }
    let peer = interval.processes.get(1).copied().unwrap_or_default() / interval.seconds;
    if peer > MOST_PEER {
        flaws.push(format!("the idle broker used {:.0} % of a core", peer * 100.0));
    }
    if produced.errors > 0 || produced.acked != produced.sent {
        flaws.push(format!("{} of {} records were acknowledged", produced.acked, produced.sent));
    }
    flaws
}
