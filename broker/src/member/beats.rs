//! What a broker says of itself.

use std::collections::BTreeMap;
use std::time::Duration;

use common_seams::Clock;

use crate::cell::Cell;
use crate::rpc::Beat;

/// Remembers what the last beat saw, to tell how long nothing went on.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    progress: u64,
    /// Since when bytes wait and none became durable.
    waits_since: Option<Duration>,
}

impl Pulse {
    /// The next beat of `cell`.
    pub(super) fn beat(&mut self, cell: &Cell, clock: &dyn Clock, counter: u64) -> Beat {
        let (progress, waits, now) = (cell.log_progress(), cell.waits_for_store(), clock.mono());
        if !waits || progress != self.progress {
            self.waits_since = waits.then_some(now);
        } else {
            self.waits_since.get_or_insert(now);
        }
        self.progress = progress;
        let waited = self.waits_since.map_or(Duration::ZERO, |since| now.saturating_sub(since));
        Beat {
            epoch: cell.epoch().0,
            counter,
            progress,
            oldest_unacked_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
            load: BTreeMap::new(),
        }
    }
}
