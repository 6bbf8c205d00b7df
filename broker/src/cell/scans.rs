//! Logs of other incarnations, read once for all groups that recover from them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use storage::ids::BrokerEpoch;
use storage::keys::ObjectKey;
use storage::meta::{CellState, EpochState, Pin};
use storage::object_wal::scan_slots;
use storage::store::ObjectStore;
use storage::wal::{ScannedFile, WalError};
use uuid::Uuid;

/// What was read, by incarnation.
#[derive(Debug, Default)]
pub(super) struct Scans(tokio::sync::Mutex<BTreeMap<u64, Scan>>);

#[derive(Debug, Clone)]
struct Scan {
    slots: Range<u64>,
    files: Arc<Vec<ScannedFile>>,
}

impl Scans {
    /// The part of a log that a group still needs.
    pub(super) async fn read(
        &self,
        store: &dyn ObjectStore,
        cell: Uuid,
        state: &CellState,
        (epoch, pin): (u64, Pin),
    ) -> Result<Vec<ScannedFile>, WalError> {
        let wanted = pin.from..end_of(state, epoch, &pin);
        let mut scans = self.0.lock().await;
        let there = scans.get(&epoch).filter(|scan| covers(&scan.slots, &wanted)).cloned();
        let scan = match there {
            Some(scan) => scan,
            None => {
                // For every group at once: others will ask for the rest in a moment.
                let all = || state.pins(epoch);
                let from = all().map(|p| p.from).min().unwrap_or(wanted.start);
                let to = all().map(|p| end_of(state, epoch, &p)).max().unwrap_or(wanted.end);
                let slots = from.min(wanted.start)..to.max(wanted.end);
                let files = read_all(store, cell, epoch, slots.clone()).await?;
                let scan = Scan { slots, files: Arc::new(files) };
                scans.insert(epoch, scan.clone());
                scan
            }
        };
        drop(scans);
        let inside = scan.files.iter().filter(|file| wanted.contains(&file.file.wal_parts().1));
        Ok(inside.cloned().collect())
    }

    /// Nobody recovers any more.
    pub(super) async fn forget(&self) {
        self.0.lock().await.clear();
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
