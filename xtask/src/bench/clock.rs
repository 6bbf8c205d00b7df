//! The real clock: a benchmark has no use for another one.

use std::time::Duration;

use common_seams::{Clock as _, SystemClock};

/// Time since some fixed start.
pub(super) fn now() -> Duration {
    SystemClock.mono()
}

pub(super) fn elapsed(since: Duration) -> Duration {
    now().saturating_sub(since)
}

pub(super) fn unix_seconds() -> i64 {
    SystemClock.wall_ms() / 1000
}

#[expect(clippy::disallowed_methods, reason = "polls processes that give no signal to wait for")]
pub(super) fn sleep(duration: Duration) {
    std::thread::sleep(duration);
}
