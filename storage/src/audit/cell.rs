use std::collections::BTreeSet;

use uuid::Uuid;

use super::finding::{Fault, Finding};
use super::groups;
use super::listing::class_of;
use super::logs;
use super::report::{Report, Sample};
use crate::birth::CellMarker;
use crate::ids::{BrokerEpoch, PgId};
use crate::keys::ObjectKey;
use crate::meta::{CellState, MetaError, MetaLog};
use crate::store::{ObjectStore, StoreError};

/// Requests at a time.
pub(super) const WIDTH: usize = 16;
/// How often a hole that may come from a cell that goes on is looked for again.
const LOOKS: u32 = 3;
/// No slot of an object store is so large; the files of a disk are.
const SLOT_BYTES_MAX: u64 = 32 << 20;

/// Why a cell cannot be audited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no cell.
    #[error("there is no cell in this store: it has no {0}")]
    NoCell(String),
    /// The marker cannot be read.
    #[error("{0} is damaged: {1}")]
    Marker(String, String),
    /// The metadata cannot be read.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The folder of a cell of the disk tier.
    #[error(
        "this is a cell on a local disk: its files are checked whenever it starts. Only cells in a store can be audited"
    )]
    OnDisk,
}

/// Checks a cell. Never writes, and does not disturb a cell that runs.
///
/// # Errors
/// When there is no cell, its metadata cannot be read, or the store does not answer. What else is wrong
/// is in the report.
pub async fn audit(store: &dyn ObjectStore, sample: Sample) -> Result<Report, AuditError> {
    let marker = marker_of(store).await?;
    let mut report = Report::default();
    // First what could be garbage, then what says that it is none.
    let listed = store.list_after(String::new(), None, usize::MAX).await?;
    if listed.iter().any(|o| o.key.starts_with("wal/") && o.size > SLOT_BYTES_MAX) {
        return Err(AuditError::OnDisk);
    }
    let state = metadata_of(store, marker.cell).await?;
    let pgs: Vec<PgId> = (0..marker.placement_groups).map(PgId).collect();
    let sampled = Some(sample);
    let (slots, logged) = logs::check(store, marker.cell, &state, sampled, &mut report).await?;
    let groups = groups::check(store, pgs.clone(), sample, &mut report).await?;
    if groups.on_disk {
        return Err(AuditError::OnDisk);
    }
    let mut holes = logs::holes(&logged, &groups.next, &topics(&state, &marker));
    for _ in 1..LOOKS {
        if holes.is_empty() {
            break;
        }
        let state = metadata_of(store, marker.cell).await?;
        let (_, logged) =
            logs::check(store, marker.cell, &state, None, &mut Report::default()).await?;
        let groups = groups::read(store, &pgs).await?;
        let again = logs::holes(&logged, &groups.next, &topics(&state, &marker));
        holes.retain(|hole| again.contains(hole));
    }
    let births = births(store, &state, listed.iter().map(|o| o.key.as_str())).await?;
    let later = if slots.is_empty() { None } else { Some(metadata_of(store, marker.cell).await?) };
    report.find(logs::still_needed(slots, later.as_ref().unwrap_or(&state)));
    report.find(holes);
    report.find(births);
    report.findings.sort();
    for object in &listed {
        report.count(class_of(object, &state, &groups.named), object.size);
    }
    Ok(report)
}

async fn marker_of(store: &dyn ObjectStore) -> Result<CellMarker, AuditError> {
    let key = ObjectKey::Cell.to_string();
    match store.get(key.clone()).await {
        Ok((bytes, _)) => {
            serde_json::from_slice(&bytes).map_err(|e| AuditError::Marker(key, e.to_string()))
        }
        Err(StoreError::NotFound(_)) => Err(AuditError::NoCell(key)),
        Err(e) => Err(e.into()),
    }
}

async fn metadata_of(store: &dyn ObjectStore, cell: Uuid) -> Result<CellState, AuditError> {
    let state = MetaLog::read(store, cell).await?;
    state.ok_or_else(|| AuditError::NoCell(ObjectKey::MetaCurrent.to_string()))
}

/// Topics whose records count.
fn topics(state: &CellState, marker: &CellMarker) -> BTreeSet<Uuid> {
    let internal = [marker.group_topic, marker.transaction_topic];
    state.topics().keys().copied().chain(internal).collect()
}

/// Incarnations without the object that keeps their number from being used twice.
async fn births<'a>(
    store: &dyn ObjectStore,
    state: &CellState,
    listed: impl Iterator<Item = &'a str>,
) -> Result<Vec<Finding>, StoreError> {
    let listed: BTreeSet<&str> = listed.filter(|key| key.starts_with("epochs/")).collect();
    let mut findings = Vec::new();
    for epoch in state.epochs().keys() {
        let key = ObjectKey::Epoch(BrokerEpoch(*epoch)).to_string();
        if listed.contains(key.as_str()) {
            continue;
        }
        match store.get(key.clone()).await {
            Ok(_) => {}
            Err(StoreError::NotFound(_)) => {
                let needed_by = "whoever starts the next incarnation".to_owned();
                findings.push(Finding { key, fault: Fault::Missing { needed_by } });
            }
            Err(e) => return Err(e),
        }
    }
    Ok(findings)
}
