use parking_lot::Mutex;
use tokio::sync::Notify;

/// A value that many wait for. They wake in the order in which they came to wait, where a watch channel
/// draws lots: a simulation is to repeat itself.
#[derive(Debug, Default)]
pub(crate) struct Watched<T> {
    value: Mutex<T>,
    changed: Notify,
}

impl<T> Watched<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: Mutex::new(value), changed: Notify::new() }
    }

    pub(crate) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.value.lock())
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.value.lock());
        self.changed.notify_waiters();
    }

    /// Waits until there is something to be found.
    pub(crate) async fn until<R>(&self, find: impl Fn(&T) -> Option<R>) -> R {
        loop {
            // Before the look: what changes after it wakes this.
            let changed = self.changed.notified();
            if let Some(found) = self.look(&find) {
                return found;
            }
            changed.await;
        }
    }
}
