//! When a buffer becomes a slot.

use std::time::Duration;

/// The flush rule: a slot costs a request, waiting costs latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlushRule {
    /// While slots are in flight a buffer waits so long for more.
    pub linger: Duration,
    /// One slot is earned in this time, whatever its size. A full one goes unearned.
    pub interval: Duration,
    /// While slots go unearned, and while the log is crowded, there is one in this time: whoever takes the log
    /// over reads each. Much longer than a PUT, it makes clients send in rounds: librdkafka, with five requests under way and one partition in
    /// each, then serves the same five partitions again and again.
    pub free: Duration,
    /// So many slots are earned at most while nothing is sent: who writes now and then never waits.
    pub burst: u32,
    /// A buffer of this size goes.
    pub max_bytes: usize,
}

impl Default for FlushRule {
    /// For stores with the latency and the prices of S3 Standard: four requests a second, or as many as
    /// there are full slots.
    fn default() -> Self {
        Self {
            linger: Duration::from_millis(100),
            interval: Duration::from_millis(250),
            free: Duration::from_millis(20),
            burst: 20,
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
    /// Whether the log keeps half of the slots that it may have. They go when others have tidied up: until then
    /// slots further apart are better than none at all.
    pub crowded: bool,
}

/// What is left of the slots that were earned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// From when on the next slot is earned.
    earned: Duration,
    /// Slots go unearned until then.
    free_until: Duration,
    /// When the last one was sent.
    sent: Option<Duration>,
}

impl Pace {
    /// Slots go unearned for a while: latency counts more than their number.
    pub fn free(&mut self, until: Duration) {
        self.free_until = until;
    }

    /// A slot is sent.
    pub fn sent(&mut self, rule: &FlushRule, now: Duration) {
        let next = now + rule.interval;
        let saved = rule.interval * rule.burst.saturating_sub(1);
        self.earned = (self.earned + rule.interval).max(next.saturating_sub(saved)).min(next);
        self.sent = Some(now);
    }
}

impl FlushRule {
    /// When what waits is due. A time that has passed means now.
    #[must_use]
    pub fn due(&self, w: &Waiting, pace: &Pace) -> Duration {
        if w.bytes >= self.max_bytes {
            return w.since;
        }
        let gathered = if w.in_flight { w.since + self.linger } else { w.since };
        let apart = gathered.max(pace.sent.map_or(Duration::ZERO, |sent| sent + self.free));
        let earned = gathered.max(pace.earned);
        let due = if apart < pace.free_until { apart.min(earned) } else { earned };
        if w.crowded { due.max(apart) } else { due }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    const RULE: FlushRule = FlushRule {
        linger: Duration::from_millis(100),
        interval: Duration::from_millis(250),
        free: Duration::from_millis(50),
        burst: 3,
        max_bytes: 1000,
    };

    #[test]
    fn idle_goes_at_once_busy_lingers_full_never_waits() {
        let w = Waiting { bytes: 10, since: ms(5000), in_flight: false, crowded: false };
        let mut pace = Pace::default();
        assert_eq!(RULE.due(&w, &pace), ms(5000));
        assert_eq!(RULE.due(&Waiting { in_flight: true, ..w }, &pace), ms(5100));
        (0..5).for_each(|_| pace.sent(&RULE, ms(4999)));
        let full = Waiting { in_flight: true, bytes: 1000, ..w };
        assert_eq!(RULE.due(&full, &pace), ms(5000));
        assert_eq!(RULE.due(&w, &pace), ms(5249), "full slots do not put others off for long");
    }

    #[test]
    fn slots_that_are_free_wait_for_others_in_flight_and_keep_a_distance() {
        let mut pace = Pace::default();
        (0..9).for_each(|_| pace.sent(&RULE, ms(4940)));
        pace.free(ms(6000));
        let w = Waiting { bytes: 10, since: ms(5000), in_flight: false, crowded: false };
        assert_eq!(RULE.due(&w, &pace), ms(5000));
        assert_eq!(RULE.due(&Waiting { since: ms(4950), ..w }, &pace), ms(4990));
        assert_eq!(RULE.due(&Waiting { in_flight: true, ..w }, &pace), ms(5100));
        (0..9).for_each(|_| pace.sent(&RULE, ms(5990)));
        assert_eq!(RULE.due(&Waiting { since: ms(6000), ..w }, &pace), ms(6240));
    }

    #[test]
    fn slots_of_a_crowded_log_keep_a_distance_also_when_they_are_earned() {
        let rule = FlushRule { interval: ms(1), ..RULE };
        let mut pace = Pace::default();
        pace.sent(&rule, ms(4990));
        let w = Waiting { bytes: 10, since: ms(5000), in_flight: false, crowded: false };
        assert_eq!(rule.due(&w, &pace), ms(5000));
        assert_eq!(rule.due(&Waiting { crowded: true, ..w }, &pace), ms(5040));
        assert_eq!(rule.due(&Waiting { crowded: true, bytes: 1000, ..w }, &pace), ms(5000));
    }

    #[test]
    fn a_burst_goes_at_once_and_then_slots_are_earned_one_by_one() {
        let (mut pace, mut now, mut sent) = (Pace::default(), ms(10_000), Vec::new());
        for _ in 0..6 {
            let w = Waiting { bytes: 10, since: now, in_flight: false, crowded: false };
            now = RULE.due(&w, &pace).max(now);
            pace.sent(&RULE, now);
            sent.push(now);
            now += ms(30);
        }
        let gaps: Vec<Duration> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(gaps[..2], [ms(30), ms(30)]);
        assert!(gaps[3..].iter().all(|gap| *gap == ms(250)), "{gaps:?}");
    }
}
