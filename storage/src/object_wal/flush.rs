//! When a buffer becomes a slot.

use std::time::Duration;

/// The flush rule: a slot costs a request, waiting costs latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlushRule {
    /// A buffer of this age goes, when slots are in flight.
    pub linger: Duration,
    /// With nothing in flight a buffer goes at once, but not sooner than this after the last slot.
    pub min_interval: Duration,
    /// A buffer of this size goes.
    pub max_bytes: usize,
}

impl Default for FlushRule {
    /// For stores with the latency of S3 Standard.
    fn default() -> Self {
        Self {
            linger: Duration::from_millis(100),
            min_interval: Duration::from_millis(20),
            max_bytes: 4 << 20,
        }
    }
}

/// What waits to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its size.
    pub bytes: usize,
    /// When the first of it came.
    pub since: Duration,
    /// Whether slots are in flight.
    pub in_flight: bool,
    /// When the last slot was sent, if one was.
    pub last_sent: Option<Duration>,
}

impl FlushRule {
    /// When what waits is due. A time that has passed means now.
    #[must_use]
    pub fn due(&self, w: &Waiting) -> Duration {
        if w.bytes >= self.max_bytes {
            return w.since;
        }
        let lingered = w.since + self.linger;
        if w.in_flight {
            return lingered;
        }
        let rested = w.last_sent.map_or(w.since, |at| at + self.min_interval);
        rested.max(w.since).min(lingered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_goes_at_once_busy_lingers_full_never_waits() {
        let ms = Duration::from_millis;
        let rule = FlushRule { linger: ms(100), min_interval: ms(20), max_bytes: 1000 };
        let w = Waiting { bytes: 10, since: ms(500), in_flight: false, last_sent: None };
        assert_eq!(rule.due(&w), ms(500));
        assert_eq!(rule.due(&Waiting { last_sent: Some(ms(100)), ..w }), ms(500));
        assert_eq!(rule.due(&Waiting { last_sent: Some(ms(495)), ..w }), ms(515));
        assert_eq!(rule.due(&Waiting { in_flight: true, ..w }), ms(600));
        assert_eq!(rule.due(&Waiting { in_flight: true, bytes: 1000, ..w }), ms(500));
    }
}
