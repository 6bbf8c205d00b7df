use std::time::Duration;

use common_seams::Rng;

use crate::Op;

/// What befalls a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Applied and answered.
    Done,
    /// Never applied; the caller waits until it gives up.
    LostRequest,
    /// Applied; the caller never hears of it.
    LostAnswer,
    /// The caller gives up, and so much later the request is applied.
    Late(Duration),
    /// Applied and answered, and so much later delivered and applied again.
    Twice(Duration),
    /// 503, not applied.
    Throttled,
    /// 503 from something in between, after the store applied it.
    ThrottledThoughDone,
    /// 409, not applied. Befalls puts only.
    Contended,
    /// 403, not applied.
    Denied,
}

/// How long one way takes: log-normal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    /// Half of the requests are faster.
    pub median: Duration,
    /// One of a hundred is slower.
    pub p99: Duration,
}

/// How often which fate befalls a request, in requests of a thousand, and how long things take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// From call to answer of a request that is well.
    pub latency: Latency,
    /// What a listing takes on top.
    pub list_delay: Duration,
    /// When a caller gives up.
    pub timeout: Duration,
    /// At most how long after that a late request is applied.
    pub late_by: Duration,
    /// See [`Fate::LostRequest`].
    pub lost_request: u16,
    /// See [`Fate::LostAnswer`].
    pub lost_answer: u16,
    /// See [`Fate::Late`].
    pub late: u16,
    /// See [`Fate::Twice`].
    pub twice: u16,
    /// See [`Fate::Throttled`].
    pub throttled: u16,
    /// See [`Fate::ThrottledThoughDone`].
    pub throttled_though_done: u16,
    /// See [`Fate::Contended`].
    pub contended: u16,
    /// See [`Fate::Denied`].
    pub denied: u16,
}

/// A store that does not do what it must; one that no cell should start on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Put-if-absent overwrites.
    IgnoresIfAbsent,
    /// Compare-and-swap overwrites whatever version is there.
    IgnoresIfMatch,
    /// Put-if-absent looks, and writes later: two at once both succeed.
    LooksThenWrites,
    /// A listing misses the object that was put last.
    StaleList,
    /// A get answers with the version before, or with nothing for a new object.
    StaleRead,
    /// A get of a part answers with all of the object.
    IgnoresRange,
    /// A listing starts at the beginning, whatever it was asked for.
    IgnoresStart,
}

impl Default for Faults {
    /// A store that is well and answers at once.
    fn default() -> Self {
        Self {
            latency: Latency::default(),
            list_delay: Duration::ZERO,
            timeout: Duration::from_secs(10),
            late_by: Duration::from_secs(60),
            lost_request: 0,
            lost_answer: 0,
            late: 0,
            twice: 0,
            throttled: 0,
            throttled_though_done: 0,
            contended: 0,
            denied: 0,
        }
    }
}

impl Faults {
    /// A store in the state in which protocols break: a fifth of the requests end badly.
    #[must_use]
    pub fn hostile() -> Self {
        Self {
            latency: Latency { median: Duration::from_millis(30), p99: Duration::from_millis(150) },
            list_delay: Duration::from_millis(200),
            lost_request: 30,
            lost_answer: 40,
            late: 40,
            twice: 30,
            throttled: 30,
            throttled_though_done: 10,
            contended: 20,
            ..Self::default()
        }
    }

    /// Nothing but 503.
    #[must_use]
    pub fn storm() -> Self {
        Self { throttled: 1000, ..Self::default() }
    }

    pub(crate) fn draw(&self, op: Op, rng: &dyn Rng) -> Fate {
        let mut dice = rng.below(1000);
        let mut hit = |odds: u16| {
            let odds = u64::from(odds);
            let hit = dice < odds;
            dice = if hit { u64::MAX } else { dice - odds.min(dice) };
            hit
        };
        if hit(self.lost_request) {
            Fate::LostRequest
        } else if hit(self.lost_answer) {
            Fate::LostAnswer
        } else if hit(self.late) {
            Fate::Late(up_to(self.late_by, rng))
        } else if hit(self.twice) {
            Fate::Twice(up_to(self.late_by, rng))
        } else if hit(self.throttled) {
            Fate::Throttled
        } else if hit(self.throttled_though_done) {
            Fate::ThrottledThoughDone
        } else if hit(self.contended) && op == Op::Put {
            Fate::Contended
        } else if hit(self.denied) {
            Fate::Denied
        } else {
            Fate::Done
        }
    }
}

impl Latency {
    pub(crate) fn draw(&self, rng: &dyn Rng) -> Duration {
        if self.median.is_zero() {
            return Duration::ZERO;
        }
        // The sum of twelve uniform numbers is nearly normal; the 99th percentile lies at 2.326.
        let unit = |v: u64| (v >> 11) as f64 / (1_u64 << 53) as f64;
        let normal = (0..12).map(|_| unit(rng.next_u64())).sum::<f64>() - 6.0;
        let spread = (self.p99.as_secs_f64() / self.median.as_secs_f64()).max(1.0).ln() / 2.326;
        self.median.mul_f64((normal * spread).exp())
    }
}

fn up_to(most: Duration, rng: &dyn Rng) -> Duration {
    let ms = u64::try_from(most.as_millis()).unwrap_or(u64::MAX - 1);
    Duration::from_millis(rng.below(ms + 1))
}
