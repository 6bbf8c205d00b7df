//! What a broker asked its store for, and what a store charges for that.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// US$ a request, by the price list of S3 Standard in us-east-1: PUT and LIST, and GET. DELETE is free, and
/// so are bytes inside a region.
const PUT_DOLLARS: f64 = 0.005 / 1000.0;
const GET_DOLLARS: f64 = 0.0004 / 1000.0;

/// Requests of one kind about one thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    pub(super) requests: u64,
    pub(super) bytes_up: u64,
    pub(super) bytes_down: u64,
}

/// All requests of a broker since it started.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct StoreUse {
    /// By kind and what they are about, as in `put wal`.
    pub(super) counts: BTreeMap<String, Count>,
    pub(super) slot_p50_ms: f64,
    pub(super) slot_p99_ms: f64,
}

/// A cell, as `weir cell describe -o json` tells of it.
#[derive(Deserialize)]
pub(super) struct CellReport {
    /// By epoch.
    brokers: BTreeMap<String, Broker>,
    groups: u32,
    groups_without_leader: u32,
    moves: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Broker {
    groups: u32,
    store: Option<Used>,
}

#[derive(Deserialize)]
struct Used {
    counts: Vec<Row>,
    slot_p50_us: f64,
    slot_p99_us: f64,
}

#[derive(Deserialize)]
struct Row {
    op: String,
    of: String,
    #[serde(flatten)]
    count: Count,
}

impl CellReport {
    pub(super) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).context("read the report of a cell")
    }

    /// Whether so many brokers lead their shares, and nothing is on its way.
    pub(super) fn is_balanced(&self, brokers: usize) -> bool {
        let share = self.groups as usize / brokers.max(1);
        self.brokers.len() == brokers
            && self.groups_without_leader == 0
            && self.moves.is_empty()
            && self.brokers.values().all(|b| (share..=share + 1).contains(&(b.groups as usize)))
    }

    /// What each broker has asked its store for, by epoch.
    pub(super) fn used(&self) -> BTreeMap<String, StoreUse> {
        let used = self.brokers.iter().filter_map(|(epoch, broker)| {
            Some((epoch.clone(), StoreUse::of(broker.store.as_ref()?)))
        });
        used.collect()
    }
}

impl StoreUse {
    fn of(used: &Used) -> Self {
        let counts = used.counts.iter().map(|row| (format!("{} {}", row.op, row.of), row.count));
        Self {
            counts: counts.collect(),
            slot_p50_ms: used.slot_p50_us / 1e3,
            slot_p99_ms: used.slot_p99_us / 1e3,
        }
    }

    /// All brokers together.
    pub(super) fn sum(all: impl IntoIterator<Item = Self>) -> Self {
        let mut sums = Self::default();
        for used in all {
            sums.slot_p50_ms = sums.slot_p50_ms.max(used.slot_p50_ms);
            sums.slot_p99_ms = sums.slot_p99_ms.max(used.slot_p99_ms);
            for (kind, count) in used.counts {
                let sum = sums.counts.entry(kind).or_default();
                sum.requests += count.requests;
                sum.bytes_up += count.bytes_up;
                sum.bytes_down += count.bytes_down;
            }
        }
        sums
    }

    /// What was asked for since `before`.
    pub(super) fn since(&self, before: &Self) -> Self {
        let mut counts = self.counts.clone();
        for (kind, was) in &before.counts {
            if let Some(now) = counts.get_mut(kind) {
                now.requests -= was.requests;
                now.bytes_up -= was.bytes_up;
                now.bytes_down -= was.bytes_down;
            }
        }
        counts.retain(|_, count| count.requests > 0);
        Self { counts, ..*self }
    }

    pub(super) fn count(&self, kind: &str) -> Count {
        self.counts.get(kind).copied().unwrap_or_default()
    }

    /// The price of all requests whose kind `chosen` takes.
    pub(super) fn dollars(&self, chosen: impl Fn(&str) -> bool) -> f64 {
        let chosen = self.counts.iter().filter(|(kind, _)| chosen(kind));
        // From 0.0: the sum of nothing is -0.0, which a table shows.
        chosen.fold(0.0, |sum, (kind, count)| sum + count.requests as f64 * price(kind))
    }
}

fn price(kind: &str) -> f64 {
    match kind.split(' ').next() {
        Some("put" | "list") => PUT_DOLLARS,
        Some("delete") => 0.0,
        _ => GET_DOLLARS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_price_of_their_kind() {
        let report = r#"{"groups":3,"groups_without_leader":0,"moves":{},"brokers":{"3":{"groups":2,"store":{"slot_p50_us":30000,"slot_p99_us":150000,"counts":[
            {"op":"put","of":"wal","requests":1000,"bytes_up":7,"bytes_down":0},
            {"op":"range","of":"wal","requests":1000,"bytes_up":0,"bytes_down":5},
            {"op":"delete","of":"wal","requests":500,"bytes_up":0,"bytes_down":0}]}},"4":{"groups":1}}}"#;
        let report = CellReport::parse(report).unwrap();
        assert!(report.is_balanced(2) && !report.is_balanced(1));
        let used = StoreUse::sum(report.used().into_values());
        assert!((used.dollars(|_| true) - 0.0054).abs() < 1e-9);
        assert!((used.dollars(|kind| kind == "put wal") - 0.005).abs() < 1e-9);
        assert_eq!((used.slot_p99_ms, used.count("put wal").bytes_up), (150.0, 7));
        assert_eq!(used.since(&used).counts.len(), 0);
    }
}
