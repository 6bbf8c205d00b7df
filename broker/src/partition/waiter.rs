use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// A Fetch that waits for bytes, registered with each of its partitions.
#[derive(Debug)]
pub(crate) struct FetchWaiter {
    need: usize,
    seen: AtomicUsize,
    notify: Notify,
}

impl FetchWaiter {
    pub(crate) fn new(need: usize) -> Self {
        Self { need, seen: AtomicUsize::new(0), notify: Notify::new() }
    }

    /// Counts new bytes, and wakes the Fetch when they suffice.
    pub(crate) fn arrived(&self, bytes: usize) {
        if self.seen.fetch_add(bytes, Ordering::AcqRel) + bytes >= self.need {
            self.notify.notify_one();
        }
    }

    pub(crate) fn wake(&self) {
        self.notify.notify_one();
    }

    pub(crate) async fn ready(&self) {
        self.notify.notified().await;
    }
}
