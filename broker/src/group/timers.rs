use std::collections::BTreeSet;
use std::time::Duration;

use super::effects::{GroupKey, Text};

/// What to look at when time has come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The join or sync phase of a group.
    Phase(GroupKey),
    /// The session of a member, or an id that was handed out.
    Member(GroupKey, Text),
}

/// Deadlines in order.
///
/// An entry only says "look": the group knows its real deadlines, so entries are never searched for
/// and removed. A heartbeat moves a deadline without touching this set.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Duration, Timer)>);

impl Timers {
    pub(super) fn schedule(&mut self, at: Duration, timer: Timer) {
        self.0.insert((at, timer));
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.0.first().map(|(at, _)| *at)
    }

    pub(super) fn pop_due(&mut self, now: Duration) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }
}
