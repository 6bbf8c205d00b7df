use std::sync::Arc;
use std::time::Duration;

use common_seams::Clock;
use tokio::time::Instant;

/// A clock that moves with the runtime's: when everybody sleeps, time jumps.
#[derive(Debug)]
pub(crate) struct VirtualClock(Instant);

impl VirtualClock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for VirtualClock {
    fn wall_ms(&self) -> i64 {
        1_700_000_000_000 + i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn mono(&self) -> Duration {
        // Not zero: a process does not start with its machine.
        Duration::from_secs(1000) + self.0.elapsed()
    }
}

/// The clock of a process whose wall time is wrong.
#[derive(Debug)]
pub(crate) struct WrongClock {
    pub(crate) right: Arc<dyn Clock>,
    pub(crate) ahead_ms: i64,
}

impl Clock for WrongClock {
    fn wall_ms(&self) -> i64 {
        self.right.wall_ms() + self.ahead_ms
    }

    fn mono(&self) -> Duration {
        self.right.mono()
    }
}
