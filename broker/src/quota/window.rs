use std::time::Duration;

/// What may be used at once after some time of silence, as time at the full rate.
const CREDIT: Duration = Duration::from_secs(1);
/// Longest time that a client is told to be still. Below the 30 seconds after which clients give up on a
/// request: one that is larger than so many seconds at its rate is carried out, and the rest of its debt
/// forgiven.
pub(crate) const THROTTLE_MAX: Duration = Duration::from_secs(25);

/// What one principal has used in one direction: the time at which all of it is paid for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Window {
    paid_at: Option<Duration>,
}

impl Window {
    /// Takes `bytes` at `now`, where `rate` bytes a second are allowed. Returns for how long nothing more
    /// may be taken, at most [`THROTTLE_MAX`].
    pub(super) fn take(&mut self, now: Duration, rate: u64, bytes: usize) -> Duration {
        let oldest = now.saturating_sub(CREDIT);
        let from = self.paid_at.map_or(oldest, |at| at.max(oldest));
        let paid_at = from.saturating_add(cost(rate, bytes)).min(now + THROTTLE_MAX);
        self.paid_at = Some(paid_at);
        paid_at.saturating_sub(now)
    }
}

/// How long `bytes` take at `rate` bytes a second.
fn cost(rate: u64, bytes: usize) -> Duration {
    let nanos = (bytes as u128) * 1_000_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1 << 10;

    /// Time at which the first window begins: not long enough after the start of the clock for a credit.
    fn at(ms: u64) -> Duration {
        Duration::from_millis(100_000 + ms)
    }

    #[test]
    fn a_second_at_once_is_free_and_the_rest_is_waited_for() {
        let mut window = Window::default();
        assert_eq!(window.take(at(0), 1000, 1000), Duration::ZERO);
        assert_eq!(window.take(at(0), 1000, 500), Duration::from_millis(500));
        assert_eq!(window.take(at(500), 1000, 250), Duration::from_millis(250));
        // Silence earns a second again, and no more.
        assert_eq!(window.take(at(60_000), 1000, 1000), Duration::ZERO);
        assert_eq!(window.take(at(60_000), 1000, 1), Duration::from_millis(1));
    }

    #[test]
    fn below_the_rate_nobody_waits() {
        let mut window = Window::default();
        for tick in 0..1000 {
            assert_eq!(window.take(at(tick * 10), 100 << 10, KIB), Duration::ZERO);
        }
    }

    #[test]
    fn whoever_waits_as_told_gets_the_rate() {
        for (rate, bytes) in [(1 << 20, 16 * KIB), (100 << 10, 900 * KIB), (5, 7), (1 << 40, 1)] {
            let (mut window, mut now, mut used) = (Window::default(), at(0), 0_u128);
            for _ in 0..200 {
                used += bytes as u128;
                now += window.take(now, rate, bytes);
            }
            let elapsed = (now - at(0) + CREDIT).as_secs_f64();
            let most = rate as f64 * elapsed;
            assert!(used as f64 <= most * 1.001, "{rate} {bytes}: {used} of {most}");
        }
    }

    #[test]
    fn several_connections_share_one_rate() {
        let (mut window, mut used) = (Window::default(), 0_usize);
        let mut free_at = [at(0); 8];
        let end = at(20_000);
        while let Some(next) = free_at.iter_mut().min().filter(|next| **next < end) {
            used += 10 * KIB;
            *next += window.take(*next, 100 << 10, 10 * KIB).max(Duration::from_millis(1));
        }
        let expected = 20 * (100 << 10);
        assert!((expected..expected * 12 / 10).contains(&used), "{used} of {expected}");
    }

    #[test]
    fn nobody_is_told_to_wait_longer_than_clients_do() {
        let mut window = Window::default();
        assert_eq!(window.take(at(0), 1, usize::MAX), THROTTLE_MAX);
        assert_eq!(window.take(at(0), 0, 1), THROTTLE_MAX, "no rate of 0 divides");
        assert_eq!(window.take(at(25_000), 1000, 10), Duration::from_millis(10));
    }

    #[test]
    fn clock_that_has_just_started_gives_no_credit_it_does_not_have() {
        let mut window = Window::default();
        assert_eq!(window.take(Duration::ZERO, 1000, 100), Duration::from_millis(100));
    }
}
