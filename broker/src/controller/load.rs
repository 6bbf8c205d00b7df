//! How much placement groups are used, and what follows from it.
//!
//! The unit of use is the byte a second that a broker takes in; what else costs is counted in it. Two
//! averages with different memories: the short one decides what moves, the long one that brokers are too
//! many.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use storage::meta::{CellState, PgRow};

use super::movement::shares;
use super::settings::ControllerSettings;
use crate::rpc::{Beat, PgLoad};

/// A byte that is read costs a third of one that is written, as measured (docs/reference/benchmarks.md).
const OUT_PART: f64 = 1.0 / 3.0;
/// A request costs as much as so many bytes that are written, whatever is in it.
const REQUEST_BYTES: f64 = 16_384.0;

/// Averages of one group, in bytes a second.
#[derive(Debug, Clone, Copy)]
struct Use {
    short: f64,
    long: f64,
    at: Duration,
}

/// What was heard of the use of each group. A new controller starts without it.
#[derive(Debug, Clone, Default)]
pub struct Loads {
    groups: BTreeMap<u32, Use>,
    uneven_since: Option<Duration>,
    busy_since: Option<Duration>,
    quiet_since: Option<Duration>,
}

/// A number of brokers that would suit the load better. Nothing follows from it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// There are too few brokers.
    ScaleOut {
        /// How many there are.
        brokers: u32,
        /// How many would do.
        wanted: u32,
        /// What they work at, in percent of what they can.
        percent: u32,
    },
    /// There are too many.
    ScaleIn {
        /// How many there are.
        brokers: u32,
        /// How many would do.
        wanted: u32,
        /// What they work at, in percent of what they can.
        percent: u32,
    },
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::ScaleOut { brokers, wanted, percent }
        | Self::ScaleIn { brokers, wanted, percent }) = self;
        let few = matches!(self, Self::ScaleOut { .. });
        let what = if few { "more brokers are needed" } else { "fewer brokers would do" };
        write!(f, "{what}: {brokers} work at {percent} %; `weir cell scale {wanted}`")
    }
}

impl Loads {
    /// A broker told how much the groups that it leads are used.
    pub fn heard(
        &mut self,
        state: &CellState,
        beat: &Beat,
        settings: &ControllerSettings,
        now: Duration,
    ) {
        let led = state.pgs().iter().filter(|(_, row)| row.leader == beat.epoch);
        for (pg, _) in led {
            let work = work(&beat.load.get(pg).copied().unwrap_or_default());
            // The short memory begins with nothing: a controller that has only just heard of a group knows
            // of no use that lasts. The long one begins with what it hears, or too few brokers would do.
            let first = Use { short: 0.0, long: work, at: now };
            let used = self.groups.entry(*pg).or_insert(first);
            let passed = now.saturating_sub(used.at).as_secs_f64();
            let blend = |old: f64, window: Duration| {
                old + (work - old) * (1.0 - (-passed / window.as_secs_f64()).exp())
            };
            *used = Use {
                short: blend(used.short, settings.load_window),
                long: blend(used.long, settings.load_window_long),
                at: now,
            };
        }
    }

    /// Follows how even the use is, and how much there is.
    pub fn follow(&mut self, state: &CellState, settings: &ControllerSettings, now: Duration) {
        let used = self.by_broker(state, |used| used.short);
        let (least, most) = ends(&used);
        let capacity = settings.broker_capacity as f64;
        let above = |bytes: f64, percent: u32| bytes * 100.0 > capacity * f64::from(percent);
        let uneven = above(most - least, settings.load_spread_percent)
            || (above(most, settings.busy_percent) && most > least);
        let brokers = used.len().max(1) as f64;
        let short = used.values().sum::<f64>() / brokers;
        let long = self.by_broker(state, |used| used.long).values().sum::<f64>() / brokers;
        let since = |it_is: bool, since: Option<Duration>| {
            if it_is { since.or(Some(now)) } else { None }
        };
        self.uneven_since = since(uneven, self.uneven_since);
        self.busy_since = since(above(short, settings.scale_out_percent), self.busy_since);
        let quiet = !above(long.max(short), settings.scale_in_percent);
        self.quiet_since = since(quiet, self.quiet_since);
    }

    /// Bytes a second of a group, by the short memory.
    pub(super) fn of(&self, pg: u32) -> f64 {
        self.groups.get(&pg).map_or(0.0, |used| used.short)
    }

    /// Bytes a second of each broker that takes groups, with those that are on their way to it.
    pub(super) fn of_brokers(&self, state: &CellState) -> BTreeMap<u64, f64> {
        self.by_broker(state, |used| used.short)
    }

    /// Whether use has been uneven for so long.
    pub(super) fn is_uneven(&self, patience: Duration, now: Duration) -> bool {
        self.uneven_since.is_some_and(|since| now >= since + patience)
    }

    /// A number of brokers that would suit better, once that has been so for long enough.
    pub(super) fn signal(
        &self,
        state: &CellState,
        settings: &ControllerSettings,
        now: Duration,
    ) -> Option<Signal> {
        let lasted =
            |since: Option<Duration>, patience| since.is_some_and(|at| now >= at + patience);
        let busy = lasted(self.busy_since, settings.scale_out_patience);
        let quiet = lasted(self.quiet_since, settings.scale_in_patience);
        let used = if busy {
            self.by_broker(state, |used| used.short)
        } else {
            self.by_broker(state, |used| used.long)
        };
        let (brokers, total) = (u32::try_from(used.len()).ok()?, used.values().sum::<f64>());
        let capacity = settings.broker_capacity as f64;
        let target = capacity * f64::from(settings.scale_target_percent) / 100.0;
        let wanted = ((total / target).ceil() as u32).max(1);
        let percent = (total * 100.0 / (capacity * f64::from(brokers.max(1)))).round() as u32;
        if busy && wanted > brokers {
            Some(Signal::ScaleOut { brokers, wanted, percent })
        } else if quiet && wanted < brokers {
            Some(Signal::ScaleIn { brokers, wanted, percent })
        } else {
            None
        }
    }

    fn by_broker(&self, state: &CellState, part: impl Fn(&Use) -> f64) -> BTreeMap<u64, f64> {
        let mut sums: BTreeMap<u64, f64> =
            shares(state).into_keys().map(|epoch| (epoch, 0.0)).collect();
        for (pg, row) in state.pgs() {
            let used = self.groups.get(pg).map_or(0.0, &part);
            if let Some(sum) = sums.get_mut(&leader_to_be(row)) {
                *sum += used;
            }
        }
        sums
    }
}

fn leader_to_be(row: &PgRow) -> u64 {
    row.moving.map_or(row.leader, |planned| planned.to)
}

fn work(load: &PgLoad) -> f64 {
    let requests = load.requests as f64 * REQUEST_BYTES;
    load.bytes_in as f64 + load.bytes_out as f64 * OUT_PART + requests
}

/// The least and the most, none of which is below nothing.
fn ends(used: &BTreeMap<u64, f64>) -> (f64, f64) {
    let least = used.values().copied().fold(f64::INFINITY, f64::min);
    let most = used.values().copied().fold(0.0, f64::max);
    (least.min(most), most)
}
