//! How long failed work waits: exponential with full jitter, so that failures spread out.

use common_seams::Rng;

const FIRST_US: u64 = 1_000_000;
const LONGEST_US: u64 = 300_000_000;
const STALLED_US: u64 = 3_600_000_000;

/// Failures in a row after which work is stalled: tried once an hour.
pub(crate) const STALLED_AFTER: i32 = 20;

/// Microseconds until the next try after `attempts` failures in a row.
pub(crate) fn wait_us(attempts: i32, rng: &dyn Rng) -> i64 {
    if attempts >= STALLED_AFTER {
        return i64::try_from(STALLED_US).unwrap_or(i64::MAX);
    }
    let doublings = u32::try_from(attempts.max(1) - 1).unwrap_or(0).min(16);
    let ceiling = (FIRST_US << doublings).min(LONGEST_US);
    i64::try_from(rng.below(ceiling) + 1).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    #[test]
    fn waits_grow_to_five_minutes_and_then_to_an_hour() {
        let rng = SeededRng::new(3);
        let longest = |attempts| (0..200).map(|_| wait_us(attempts, &rng)).max().unwrap();
        assert!(longest(0) <= 1_000_000 && longest(1) <= 1_000_000);
        assert!(longest(4) <= 8_000_000 && longest(4) > 4_000_000);
        assert!(longest(19) <= 300_000_000 && longest(19) > 100_000_000);
        assert_eq!(wait_us(20, &rng), 3_600_000_000);
        assert!((0..30).all(|attempts| wait_us(attempts, &rng) > 0));
    }
}
