//! Logs of other incarnations, read once for all groups that recover from them, now and later.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;
use storage::ids::BrokerEpoch;
use storage::keys::ObjectKey;
use storage::meta::{CellState, EpochState, Pin};
use storage::object_wal::scan_slots;
use storage::store::ObjectStore;
use storage::wal::{ScannedFile, WalError};
use uuid::Uuid;

/// Slots that are remembered between recoveries, in all: their footers take some 16 KiB at most, each.
const KEPT: u64 = 4096;

/// What was read, by incarnation. What lies below the end of a log never changes, so it is kept from one
/// recovery to the next: whoever survives several brokers reads the log of each once.
#[derive(Debug, Default)]
pub(super) struct Scans(Mutex<BTreeMap<u64, Reading>>);

/// The log of one incarnation. Whoever reads it is waited for.
type Reading = Arc<tokio::sync::Mutex<Option<Scan>>>;

#[derive(Debug, Clone)]
struct Scan {
    slots: Range<u64>,
    files: Vec<Arc<ScannedFile>>,
}

impl Scans {
    /// The part of a log that a group still needs.
    pub(super) async fn read(
        &self,
        store: &dyn ObjectStore,
        cell: Uuid,
        state: &CellState,
        (epoch, pin): (u64, Pin),
    ) -> Result<Vec<Arc<ScannedFile>>, WalError> {
        let wanted = pin.from..end_of(state, epoch, &pin);
        let reading = Arc::clone(self.0.lock().entry(epoch).or_default());
        let mut known = reading.lock().await;
        let there = known.take().filter(|scan| covers(&scan.slots, &wanted));
        let scan = match there {
            Some(scan) => scan,
            None => {
                // For every group at once: others will ask for the rest in a moment.
                let all = || state.pins(epoch);
                let from = all().map(|p| p.from).min().unwrap_or(wanted.start);
                let to = all().map(|p| end_of(state, epoch, &p)).max().unwrap_or(wanted.end);
                let slots = from.min(wanted.start)..to.max(wanted.end);
                let files = read_all(store, cell, epoch, slots.clone()).await?;
                Scan { slots, files: files.into_iter().map(Arc::new).collect() }
            }
        };
        let inside = scan.files.iter().filter(|file| wanted.contains(&file.file.wal_parts().1));
        let inside = inside.cloned().collect();
        *known = Some(scan);
        Ok(inside)
    }

    /// Nobody recovers any more. What groups may still need stays, the newest logs first.
    pub(super) fn tidy_up(&self, state: &CellState) {
        let mut scans = self.0.lock();
        let mut room = KEPT;
        let logs: Vec<u64> = scans.keys().rev().copied().collect();
        for epoch in logs {
            let needed = state.pins(epoch).map(|pin| pin.from).min();
            let held = scans.get(&epoch).and_then(|reading| {
                let mut known = reading.try_lock().ok()?;
                let scan = known.as_mut()?;
                scan.forget_below(needed?);
                Some(scan.files.len() as u64)
            });
            match held.and_then(|slots| room.checked_sub(slots)) {
                Some(left) => room = left,
                None => _ = scans.remove(&epoch),
            }
        }
    }
}

impl Scan {
    fn forget_below(&mut self, from: u64) {
        let from = from.clamp(self.slots.start, self.slots.end);
        self.files.retain(|file| file.file.wal_parts().1 >= from);
        self.slots.start = from;
    }
}

fn covers(outer: &Range<u64>, inner: &Range<u64>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Where a group's part of a log ends.
pub(super) fn end_of(state: &CellState, epoch: u64, pin: &Pin) -> u64 {
    match (pin.bound, state.epochs().get(&epoch)) {
        (Some(bound), _) => bound,
        (None, Some(EpochState::Sealed { end })) => *end,
        // No bound is only committed with an end.
        (None, _) => pin.from,
    }
}

async fn read_all(
    store: &dyn ObjectStore,
    cell: Uuid,
    epoch: u64,
    slots: Range<u64>,
) -> Result<Vec<ScannedFile>, WalError> {
    let files = scan_slots(store, cell, BrokerEpoch(epoch), slots.clone()).await?;
    let present = files.iter().map(|f| Some(f.file.wal_parts().1)).chain(std::iter::repeat(None));
    let end = slots.end;
    match slots.zip(present).find(|(wanted, there)| Some(*wanted) != *there) {
        None => Ok(files),
        Some((slot, _)) => Err(WalError::Corrupt {
            path: ObjectKey::Wal { epoch: BrokerEpoch(epoch), lane: 0, slot }.to_string(),
            position: 0,
            reason: format!("the slot is missing, and the log goes on to {end}"),
        }),
    }
}
