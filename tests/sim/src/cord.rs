use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreDate, StoreError};
use tokio::sync::Notify;

use crate::history::History;
use crate::twin::twin_of;

/// What a process can still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    Runs,
    /// Suspended: it does nothing until it is woken, and does not know of it.
    Frozen,
    /// Killed. What it had sent is on its way all the same.
    Gone,
}

/// The only connection of a process to its store: cutting it is a kill -9, as far as anybody can tell.
#[derive(Debug)]
pub(crate) struct Cord {
    inner: Arc<dyn ObjectStore>,
    state: Arc<State>,
    history: History,
    life: u64,
}

/// What the outside does to a process.
#[derive(Debug, Clone)]
pub(crate) struct Hand(Arc<State>);

#[derive(Debug)]
struct State {
    process: Mutex<Process>,
    // Wakes in the order in which they came to wait; a watch channel draws lots.
    changed: Notify,
    slots: Mutex<Slots>,
}

/// The slots that a process sent, and those of its copy.
#[derive(Debug, Default)]
struct Slots {
    /// The highest that was sent.
    last: String,
    /// All behind this one are the copy's.
    cloned_behind: Option<String>,
    /// What the copy has put.
    twins: BTreeSet<String>,
}

impl Hand {
    pub(crate) fn set(&self, process: Process) {
        *self.0.process.lock() = process;
        self.0.changed.notify_waiters();
    }

    /// Starts another copy of the machine, which writes the same slots from the next one on, and is
    /// always first.
    pub(crate) fn clone_machine(&self) {
        let mut slots = self.0.slots.lock();
        slots.cloned_behind = Some(slots.last.clone());
    }
}

impl Cord {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, history: History, life: u64) -> (Self, Hand) {
        let state = Arc::new(State {
            process: Mutex::new(Process::Runs),
            changed: Notify::new(),
            slots: Mutex::default(),
        });
        let hand = Hand(Arc::clone(&state));
        (Self { inner, state, history, life }, hand)
    }

    /// Waits while the process is frozen; for ever when it is gone.
    async fn running(&self) {
        while *self.state.process.lock() != Process::Runs {
            self.state.changed.notified().await;
        }
    }

    /// Sends a request when the process runs, and takes its answer when it runs.
    fn pass<'a, T: Send + 'a>(
        &'a self,
        what: String,
        call: BoxFuture<'a, Result<T, StoreError>>,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        async move {
            self.running().await;
            self.history.note(format_args!("{} sends {what}", self.life));
            let answer = call.await;
            self.running().await;
            match &answer {
                Ok(_) => self.history.note(format_args!("{} did {what}", self.life)),
                Err(e) => self.history.note(format_args!("{} has {what}: {e}", self.life)),
            }
            answer
        }
        .boxed()
    }

    /// Whether the copy of the machine puts this slot before us.
    fn is_cloned_at(&self, key: &str) -> bool {
        if !key.starts_with("wal/") {
            return false;
        }
        // Epoch, lane and slot; before them goes a hash.
        let place = key.splitn(3, '/').last().unwrap_or_default().to_owned();
        let mut slots = self.state.slots.lock();
        slots.last = slots.last.clone().max(place.clone());
        let behind = slots.cloned_behind.as_ref().is_some_and(|last| place > *last);
        behind && !slots.twins.contains(key)
    }

    /// The copy is first, and the answer to our own put is lost.
    async fn put_twin(&self, key: String, body: &Payload) -> Result<ETag, StoreError> {
        match self.inner.put(key.clone(), twin_of(body), PutMode::IfAbsent).await {
            Ok(_) | Err(StoreError::Exists(_)) => {
                self.state.slots.lock().twins.insert(key.clone());
                Err(StoreError::Unknown { what: "put", key, reason: "cloned".to_owned() })
            }
            Err(error) => Err(error),
        }
    }
}

impl ObjectStore for Cord {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        let what = format!("put {key} {}", body.len());
        if self.is_cloned_at(&key) {
            let twin = async move { self.put_twin(key, &body).await };
            return self.pass(format!("twin of {what}"), twin.boxed());
        }
        self.pass(what, self.inner.put(key, body, mode))
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.pass(format!("get {key}"), self.inner.get(key))
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        self.pass(format!("get {key} {range:?}"), self.inner.get_range(key, range))
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        let what = format!("list {prefix} after {after:?}");
        self.pass(what, self.inner.list_after(prefix, after, max))
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.pass(format!("delete {key}"), self.inner.delete(key))
    }

    fn date(&self) -> Option<StoreDate> {
        self.inner.date()
    }
}
