//! How long things took, in a few kilobytes however many there were.

use std::time::Duration;

/// Steps of a power of two: a quantile is at most 6 % too large.
const STEPS: u64 = 16;
/// Up to 2^32 microseconds, more than an hour.
const POWERS: u64 = 32;

/// A histogram of durations.
#[derive(Debug, Clone)]
pub(crate) struct Durations {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Durations {
    fn default() -> Self {
        Self { counts: vec![0; (STEPS * POWERS) as usize], total: 0 }
    }
}

impl Durations {
    pub(crate) fn add(&mut self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let last = self.counts.len() - 1;
        self.counts[place(us).min(last)] += 1;
        self.total += 1;
    }

    /// The time within which a part (0 to 1) of all was done; nothing when nothing was.
    pub(crate) fn quantile(&self, part: f64) -> Duration {
        let wanted = ((self.total as f64 * part).ceil() as u64).max(1);
        let mut seen = 0;
        let reached = self.counts.iter().position(|n| {
            seen += n;
            seen >= wanted
        });
        reached.map_or(Duration::ZERO, |place| Duration::from_micros(end_of(place as u64)))
    }
}

/// Durations below 16 us have a place each; above, each power of two has 16.
fn place(us: u64) -> usize {
    let power = u64::from(us.max(1).ilog2());
    let place = if us < STEPS {
        us
    } else {
        let step = (us >> (power - 4)) - STEPS;
        (power - 3) * STEPS + step
    };
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// The largest duration of a place.
fn end_of(place: u64) -> u64 {
    if place < STEPS {
        return place;
    }
    let (power, step) = (place / STEPS + 3, place % STEPS);
    ((STEPS + step + 1) << (power - 4)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_in_its_place() {
        for us in (0..5000).chain([65_535, 65_536, 1_000_000, 4_000_000_000]) {
            let end = end_of(place(us) as u64);
            assert!(end >= us && end <= us + us / 16 + 1, "{us} in a place up to {end}");
        }
    }

    #[test]
    fn quantiles_follow_what_was_added() {
        let mut durations = Durations::default();
        assert_eq!(durations.quantile(0.5), Duration::ZERO);
        (1..=100).for_each(|ms| durations.add(Duration::from_millis(ms)));
        let near = |part, ms: u64| {
            let found = durations.quantile(part).as_micros();
            let (least, most) = (u128::from(ms * 1000), u128::from(ms * 1070));
            assert!((least..=most).contains(&found), "{found} us, expected {ms} ms");
        };
        near(0.5, 50);
        near(0.99, 99);
        near(1.0, 100);
    }
}
