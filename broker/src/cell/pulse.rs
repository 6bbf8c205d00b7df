//! Whether the log goes on, for those who watch over this broker.

use std::collections::BTreeMap;

use storage::counted::StoreUse;

use super::Cell;
use crate::rpc::PgLoad;

impl Cell {
    /// Grows when slots become durable: when the newest of them was sent, in milliseconds.
    pub(crate) fn log_progress(&self) -> u64 {
        u64::try_from(self.wal.place().proof.as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether bytes wait for the store.
    pub(crate) fn waits_for_store(&self) -> bool {
        !self.wal.is_durable(self.wal.last_ticket())
    }

    /// What the groups that this process leads were used for since it started, where they were.
    pub(crate) fn use_of_groups(&self) -> BTreeMap<u32, PgLoad> {
        let led = self.pgs.iter().filter(|pg| pg.leads());
        led.map(|pg| (pg.id.0, pg.used())).filter(|(_, used)| used.requests > 0).collect()
    }

    /// What this process has asked the store for, where that is counted.
    pub(crate) fn store_use(&self) -> Option<StoreUse> {
        self.store.used()
    }

    /// Whether the log of this incarnation has ended, or is about to.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.wal.has_ended()
    }
}
