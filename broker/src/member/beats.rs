//! What a broker says of itself.

use std::collections::BTreeMap;
use std::time::Duration;

use common_seams::Clock;

use crate::cell::Cell;
use crate::rpc::{Beat, PgLoad};

/// Remembers what the last beat saw, to tell how long nothing went on.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    progress: u64,
    /// Since when bytes wait and none became durable.
    waits_since: Option<Duration>,
    /// What groups had been used for at the last beat, and when that was.
    used: BTreeMap<u32, PgLoad>,
    at: Option<Duration>,
}

impl Pulse {
    /// The next beat of `cell`.
    pub(super) fn beat(&mut self, cell: &Cell, clock: &dyn Clock, counter: u64) -> Beat {
        let (progress, waits, now) = (cell.log_progress(), cell.waits_for_store(), clock.mono());
        if !waits || progress != self.progress {
            self.waits_since = waits.then_some(now);
        } else {
            self.waits_since.get_or_insert(now);
        }
        self.progress = progress;
        let waited = self.waits_since.map_or(Duration::ZERO, |since| now.saturating_sub(since));
        Beat {
            epoch: cell.epoch().0,
            counter,
            progress,
            oldest_unacked_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
            load: self.load(cell.use_of_groups(), now),
            store: cell.store_use(),
            shut: cell.is_shut(),
            // The server knows them.
            clients: None,
        }
    }

    /// Use a second since the last beat, of groups that were used.
    fn load(&mut self, used: BTreeMap<u32, PgLoad>, now: Duration) -> BTreeMap<u32, PgLoad> {
        let before = std::mem::replace(&mut self.used, used);
        let passed = self.at.replace(now).map_or(Duration::ZERO, |at| now.saturating_sub(at));
        let ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        if ms == 0 {
            return BTreeMap::new();
        }
        let news = self.used.iter().map(|(pg, now)| {
            let was = before.get(pg).copied().unwrap_or_default();
            let rate = |now: u64, was: u64| now.saturating_sub(was).saturating_mul(1000) / ms;
            let load = PgLoad {
                bytes_in: rate(now.bytes_in, was.bytes_in),
                bytes_out: rate(now.bytes_out, was.bytes_out),
                requests: rate(now.requests, was.requests),
            };
            (*pg, load)
        });
        news.filter(|(_, load)| *load != PgLoad::default()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_is_told_by_the_second_and_only_where_there_was_some() {
        let mut pulse = Pulse::default();
        let used = |n: u64| {
            let load = PgLoad { bytes_in: 3000 * n, bytes_out: 0, requests: 3 * n };
            BTreeMap::from([(7, load), (8, PgLoad { requests: 5, ..PgLoad::default() })])
        };
        let ms = Duration::from_millis;
        assert!(pulse.load(used(1), ms(1000)).is_empty(), "nothing to compare with");
        let load = pulse.load(used(2), ms(1500));
        assert_eq!(load, [(7, PgLoad { bytes_in: 6000, bytes_out: 0, requests: 6 })].into());
        assert!(pulse.load(used(2), ms(2000)).is_empty());
    }
}
