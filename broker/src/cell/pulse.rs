//! Whether the log goes on, for those who watch over this broker.

use super::Cell;

impl Cell {
    /// Grows when slots become durable: when the newest of them was sent, in milliseconds.
    pub(crate) fn log_progress(&self) -> u64 {
        u64::try_from(self.wal.place().proof.as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether bytes wait for the store.
    pub(crate) fn waits_for_store(&self) -> bool {
        !self.wal.is_durable(self.wal.last_ticket())
    }

    /// Whether the log of this incarnation has ended, or is about to.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.wal.has_ended()
    }
}
