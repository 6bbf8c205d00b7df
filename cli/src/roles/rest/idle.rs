//! How long nobody has used a cell.

use std::collections::BTreeMap;
use std::time::Duration;

use broker::rpc::Clients;

/// What was seen at one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// Clients of Kafka at each broker, by epoch. None where that is not known: then it counts as use.
    pub(super) clients: Option<BTreeMap<u64, Clients>>,
    /// REST calls that needed a broker, since the process started.
    pub(super) calls: u64,
}

/// Remembers when a cell was last used.
#[derive(Debug)]
pub(super) struct Idleness {
    limit: Duration,
    last: Duration,
    seen: Option<Use>,
}

impl Idleness {
    pub(super) fn new(limit: Duration, now: Duration) -> Self {
        Self { limit, last: now, seen: None }
    }

    /// Whether nobody has used the cell for the limit.
    pub(super) fn look(&mut self, seen: Use, now: Duration) -> bool {
        let nobody = seen.clients.as_ref().is_some_and(|by| by.values().all(|c| c.open == 0));
        if !nobody || self.seen.as_ref() != Some(&seen) {
            self.last = now;
        }
        self.seen = Some(seen);
        now.saturating_sub(self.last) >= self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(open: u64, ever: u64, calls: u64) -> Use {
        Use { clients: Some([(1, Clients { open, ever })].into()), calls }
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_cell_is_idle_when_nobody_was_there_for_the_limit() {
        let mut idle = Idleness::new(s(10), s(0));
        assert!(!idle.look(at(0, 0, 0), s(1)));
        assert!(!idle.look(at(0, 0, 0), s(10)));
        assert!(idle.look(at(0, 0, 0), s(11)));
    }

    #[test]
    fn every_kind_of_use_starts_the_time_anew() {
        let unknown = Use { clients: None, calls: 0 };
        let other = Use { clients: Some([(2, Clients::default())].into()), calls: 0 };
        for used in [at(1, 1, 0), at(0, 1, 0), at(0, 0, 1), unknown, other] {
            let mut idle = Idleness::new(s(10), s(0));
            assert!(!idle.look(at(0, 0, 0), s(0)));
            assert!(!idle.look(used.clone(), s(10)), "{used:?}");
            assert!(!idle.look(at(0, 0, 0), s(12)), "{used:?}");
            assert!(!idle.look(at(0, 0, 0), s(21)), "{used:?}");
            assert!(idle.look(at(0, 0, 0), s(22)), "{used:?}");
        }
    }

    #[test]
    fn a_client_that_only_stays_connected_keeps_a_cell_awake() {
        let mut idle = Idleness::new(s(10), s(0));
        assert!((0..100).all(|second| !idle.look(at(1, 1, 0), s(second))));
    }
}
