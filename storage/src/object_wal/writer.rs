//! Sends slots, several at a time, and tells how far they are durable.

use std::ops::Range;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::met::met;
use super::window::Window;
use crate::ids::WalIdentity;
use crate::keys::ObjectKey;
use crate::object_ref::ObjectRef;
use crate::slot::{EncodedSlot, HEADER_SIZE, SlotBuilder, SlotFlags};
use crate::store::{ByteRange, ObjectStore, PutMode, StoreError};
use crate::wal::{SlotPlace, WalError};

/// The log of one incarnation on a store that waits doubt out.
///
/// Dropping it leaves the slots in flight with unknown outcomes: they may be in the log or not, as
/// after a crash.
#[derive(Debug)]
pub struct ObjectWal {
    store: Arc<dyn ObjectStore>,
    wal: WalIdentity,
    window: Window,
    flights: JoinSet<Result<u64, WalError>>,
}

impl ObjectWal {
    /// The empty log of a new incarnation with at most `width` slots in flight.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, wal: WalIdentity, width: u32) -> Self {
        Self { store, wal, window: Window::new(width), flights: JoinSet::new() }
    }

    /// Slot numbers and the frontier.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Sends a slot; none when the window is full. Needs a tokio runtime.
    pub fn send(
        &mut self,
        builder: SlotBuilder,
        flags: SlotFlags,
        now_ms: i64,
    ) -> Option<(EncodedSlot, SlotPlace)> {
        let place = self.window.open()?;
        let slot = builder.finish(self.wal, place.slot, flags, place.frontier, now_ms);
        let (store, wal, payload) = (Arc::clone(&self.store), self.wal, slot.payload());
        self.flights.spawn(async move {
            let key = key_of(&wal, place.slot);
            match store.put(key.clone(), payload, PutMode::IfAbsent).await {
                Ok(_) => Ok(place.slot),
                Err(StoreError::Exists(_)) => Err(look(&*store, &wal, place.slot, key).await),
                Err(error) => Err(error.into()),
            }
        });
        let file = ObjectRef::wal_file(self.wal.store, self.wal.epoch, self.wal.lane, place.slot);
        Some((slot, SlotPlace { file, position: 0 }))
    }

    /// Waits until a slot in flight is stored; returns the slots that became durable by it, often none.
    /// Pending for ever with nothing in flight. Cancelling it loses nothing.
    ///
    /// # Errors
    /// What ends the incarnation.
    pub async fn advanced(&mut self) -> Result<Range<u64>, WalError> {
        match self.flights.join_next().await {
            Some(Ok(stored)) => Ok(self.window.stored(stored?)),
            Some(Err(e)) => Err(WalError::Io {
                what: "append",
                path: key_of(&self.wal, self.window.frontier()),
                reason: e.to_string(),
            }),
            None => std::future::pending().await,
        }
    }
}

async fn look(store: &dyn ObjectStore, wal: &WalIdentity, slot: u64, key: String) -> WalError {
    let head = ByteRange::Between(0..HEADER_SIZE as u64);
    match store.get_range(key.clone(), head).await {
        Ok(part) => met(wal, slot, &key, &part.bytes),
        Err(error) => error.into(),
    }
}

pub(super) fn key_of(wal: &WalIdentity, slot: u64) -> String {
    ObjectKey::Wal { epoch: wal.epoch, lane: wal.lane, slot }.to_string()
}
