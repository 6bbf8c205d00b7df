use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Reads time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Milliseconds since the Unix epoch. May jump.
    fn wall_ms(&self) -> i64;

    /// Time since some fixed start; monotonic, and it counts while the machine is suspended.
    fn mono(&self) -> Duration;

    /// Microseconds since the Unix epoch. May jump.
    fn wall_us(&self) -> i64 {
        self.wall_ms().saturating_mul(1000)
    }
}

/// The clocks of the operating system.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall_ms(&self) -> i64 {
        self.wall_us() / 1000
    }

    fn wall_us(&self) -> i64 {
        let t = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
        t.tv_sec * 1_000_000 + t.tv_nsec / 1000
    }

    fn mono(&self) -> Duration {
        // `Instant` is CLOCK_MONOTONIC, which stands still while a virtual machine is suspended.
        let t = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(u64::try_from(t.tv_sec).unwrap_or(0), u32::try_from(t.tv_nsec).unwrap_or(0))
    }
}

/// A clock that stands still until it is told to move.
#[derive(Debug, Default)]
pub struct ManualClock {
    wall_us: AtomicI64,
    mono_us: AtomicU64,
}

impl ManualClock {
    /// A clock whose wall time is `wall_ms` milliseconds after the Unix epoch.
    #[must_use]
    pub fn at_ms(wall_ms: i64) -> Self {
        Self { wall_us: AtomicI64::new(wall_ms * 1000), mono_us: AtomicU64::new(0) }
    }

    /// Moves both clocks forward.
    pub fn advance(&self, by: Duration) {
        let us = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.wall_us.fetch_add(i64::try_from(us).unwrap_or(i64::MAX), Ordering::SeqCst);
        self.mono_us.fetch_add(us, Ordering::SeqCst);
    }

    /// Steps the wall clock alone, as an operator or NTP would.
    pub fn step_wall_ms(&self, by: i64) {
        self.wall_us.fetch_add(by * 1000, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn wall_ms(&self) -> i64 {
        self.wall_us() / 1000
    }

    fn wall_us(&self) -> i64 {
        self.wall_us.load(Ordering::SeqCst)
    }

    fn mono(&self) -> Duration {
        Duration::from_micros(self.mono_us.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_clock_moves_only_when_told() {
        let clock = ManualClock::at_ms(1_000);
        assert_eq!((clock.wall_ms(), clock.mono()), (1_000, Duration::ZERO));
        clock.advance(Duration::from_millis(5));
        clock.step_wall_ms(-100);
        assert_eq!((clock.wall_ms(), clock.mono()), (905, Duration::from_millis(5)));
    }

    #[test]
    fn system_mono_does_not_go_back() {
        let clock = SystemClock;
        let first = clock.mono();
        assert!(clock.mono() >= first);
        assert!(clock.wall_ms() > 1_700_000_000_000);
    }
}
