//! How fast work may go that nobody waits for.
//!
//! One budget for all background work of a broker. Merging waits for its bytes. Compaction takes its bytes
//! and waits only while slots are left; what it takes keeps merging waiting. So what comes in goes before
//! what could be tidier.

use std::sync::Arc;
use std::time::Duration;

use common_seams::Clock;
use parking_lot::Mutex;

/// What was not used is saved for so long.
const BURST: Duration = Duration::from_secs(1);
/// No take waits longer, however much was taken before it: the budget slows work and never stops it.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Bytes a second that background work reads and writes, all of it together.
#[derive(Debug)]
pub(super) struct Budget {
    clock: Arc<dyn Clock>,
    /// 0: no bound.
    bytes_per_second: u64,
    /// When everything that was taken is paid for.
    paid: Mutex<Duration>,
}

impl Budget {
    pub(super) fn new(clock: Arc<dyn Clock>, bytes_per_second: u64) -> Self {
        let paid = Mutex::new(clock.mono());
        Self { clock, bytes_per_second, paid }
    }

    /// Takes bytes, and waits until what was taken before is paid for. A take that is larger than what was
    /// saved goes at once and delays the next one: nothing is too large to be taken.
    pub(super) async fn take(&self, bytes: u64) {
        let wait = self.reserve(bytes);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes bytes. Returns how long what was taken before keeps them waiting.
    pub(super) fn reserve(&self, bytes: u64) -> Duration {
        if self.bytes_per_second == 0 {
            return Duration::ZERO;
        }
        let now = self.clock.mono();
        let cost = u128::from(bytes) * 1_000_000_000 / u128::from(self.bytes_per_second);
        let cost = Duration::from_nanos(u64::try_from(cost).unwrap_or(u64::MAX));
        let mut paid = self.paid.lock();
        let from = (*paid).max(now.saturating_sub(BURST));
        *paid = from.saturating_add(cost).min(now + WAIT_MAX);
        from.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use common_seams::ManualClock;

    use super::*;

    fn budget(bytes_per_second: u64) -> (Arc<ManualClock>, Budget) {
        let clock = Arc::new(ManualClock::at_ms(1_000_000));
        clock.advance(Duration::from_hours(1));
        let budget = Budget::new(Arc::clone(&clock) as Arc<dyn Clock>, bytes_per_second);
        (clock, budget)
    }

    #[test]
    fn bytes_go_at_their_rate_and_a_second_of_them_is_saved() {
        let (clock, budget) = budget(1000);
        let wait = |bytes| budget.reserve(bytes);
        assert_eq!(wait(500), Duration::ZERO);
        assert_eq!(wait(500), Duration::from_millis(500), "what was taken before is paid first");
        assert_eq!(wait(1000), Duration::from_secs(1));
        clock.advance(Duration::from_mins(10));
        assert_eq!(wait(1000), Duration::ZERO);
        assert_eq!(wait(2000), Duration::ZERO, "a second was saved, and no more");
        assert_eq!(wait(1), Duration::from_secs(2));
    }

    #[test]
    fn nothing_waits_for_more_than_a_minute() {
        let (clock, budget) = budget(1);
        assert_eq!(budget.reserve(u64::MAX), Duration::ZERO, "nothing is too large");
        for _ in 0..3 {
            assert_eq!(budget.reserve(1 << 30), WAIT_MAX);
        }
        clock.advance(WAIT_MAX);
        assert_eq!(budget.reserve(1), Duration::ZERO);
    }

    #[test]
    fn without_a_bound_nothing_waits() {
        let (_, budget) = budget(0);
        assert_eq!((budget.reserve(u64::MAX), budget.reserve(1)), Default::default());
    }

    #[tokio::test(start_paused = true)]
    async fn a_take_waits_for_those_before_it() {
        let (_, budget) = budget(1000);
        let begun = tokio::time::Instant::now();
        budget.take(3500).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        budget.take(1).await;
        assert_eq!(begun.elapsed(), Duration::from_millis(3500));
    }
}
