//! A copy of a cell in a store, under an id of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::ends::{birth, finish, found, log_of, put_new};
use super::error::damaged;
use super::mark::{begin, marker_of};
use super::pages::{copy_all, fetch, manifest_of, put_manifest};
use super::{Copied, TransferError, complete};
use crate::birth::CellMarker;
use crate::ids::{BrokerEpoch, PgId};
use crate::keys::ObjectKey;
use crate::meta::{CellState, EpochState, MetaLog};
use crate::object_ref::ObjectKind;
use crate::object_wal::{Takeover, survey};
use crate::slot::{HEADER_SIZE, SlotBuilder, SlotFooter, SlotHeader, verify_body};
use crate::store::ObjectStore;

/// How often a source that changes meanwhile is read.
const ROUNDS_MAX: u32 = 10;

/// What to restore, and as what.
#[derive(Debug, Clone, Copy)]
pub struct Restoration {
    /// Id of the new cell.
    pub cell: Uuid,
    /// Id of its first snapshot of metadata.
    pub snapshot: Uuid,
    /// Also when the source may be running: what is acknowledged from now on is not in the copy.
    pub even_alive: bool,
}

/// The end of a log, as the source has it now.
#[derive(Debug, Clone, Copy)]
struct LogEnd {
    epoch: u64,
    low: u64,
    end: u64,
    /// Nobody can write it any more.
    ended: bool,
}

/// Copies the cell in `from` into the empty store `to`. Both wait doubt out.
///
/// # Errors
/// When the source may be running, has lost acknowledged records, or a store fails. Nobody starts from
/// what was copied until then; calling it again begins where it is needed.
pub async fn restore(
    from: &dyn ObjectStore,
    to: &Arc<dyn ObjectStore>,
    what: Restoration,
) -> Result<Copied, TransferError> {
    let source = marker_of(from).await?;
    let mut copied = Copied::default();
    let state = state_of(from, source.cell).await?;
    if !what.even_alive {
        refuse_alive(from, &source, &state).await?;
    }
    let marker = CellMarker { cell: begin(&**to, source.cell, what.cell).await?, ..source.clone() };
    // Metadata is written when everything else is there: an attempt that came so far only needs its end.
    if MetaLog::writer(&**to).await?.is_none() {
        let state = copy_content(from, &**to, &source, marker.cell, &mut copied).await?;
        found(to, marker.cell, what.snapshot, state).await?;
    }
    finish(&**to, &marker).await?;
    complete(&**to).await?;
    copied.cell = marker.cell;
    Ok(copied)
}

async fn state_of(from: &dyn ObjectStore, cell: Uuid) -> Result<CellState, TransferError> {
    let state = MetaLog::read(from, cell).await?;
    state.ok_or_else(|| TransferError::NoCell(ObjectKey::MetaCurrent.to_string()))
}

async fn refuse_alive(
    from: &dyn ObjectStore,
    source: &CellMarker,
    state: &CellState,
) -> Result<(), TransferError> {
    let running = ends_of(from, source.cell, state).await?.into_iter().find(|log| !log.ended);
    match running {
        Some(log) => {
            let node = birth(from, log.epoch).await?.node;
            Err(TransferError::Alive { epoch: log.epoch, node })
        }
        None => Ok(()),
    }
}

/// Where each log ends: as it is committed, or where the first slot is missing that nobody proves.
async fn ends_of(
    from: &dyn ObjectStore,
    cell: Uuid,
    state: &CellState,
) -> Result<Vec<LogEnd>, TransferError> {
    let mut ends = Vec::new();
    for (epoch, s) in state.epochs() {
        let (epoch, low) = (*epoch, state.wal_low(*epoch));
        if let EpochState::Sealed { end } = *s {
            ends.push(LogEnd { epoch, low, end, ended: true });
            continue;
        }
        let birth = birth(from, epoch).await?;
        let wal = log_of(cell, &birth)?;
        let log = Takeover { wal, width: birth.slots_in_flight_max, low, sealer: wal.nonce };
        let (end, ended) = survey(from, &log).await?;
        ends.push(LogEnd { epoch, low, end, ended });
    }
    Ok(ends)
}

/// Copies everything but metadata, until the source stood still meanwhile. Returns its metadata, in
/// which nothing runs.
async fn copy_content(
    from: &dyn ObjectStore,
    to: &dyn ObjectStore,
    source: &CellMarker,
    cell: Uuid,
    copied: &mut Copied,
) -> Result<CellState, TransferError> {
    let mut present: BTreeSet<String> = to.list(String::new()).await?.into_iter().collect();
    for _ in 0..ROUNDS_MAX {
        let state = state_of(from, source.cell).await?;
        let once = copy_once(from, to, source, cell, &state, &mut present, copied).await;
        // What is missing was perhaps given up meanwhile: metadata says so.
        let still = state_of(from, source.cell).await? == state;
        match once {
            Ok(ends) if still => {
                let ends: BTreeMap<u64, u64> = ends.iter().map(|l| (l.epoch, l.end)).collect();
                let mut state = state;
                state.end_all(|epoch| ends.get(&epoch).copied().unwrap_or(0));
                return Ok(state);
            }
            Err(error) if still => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Err(TransferError::Restless)
}

/// Slots before manifests: what moves from the ones into the others meanwhile is in both.
async fn copy_once(
    from: &dyn ObjectStore,
    to: &dyn ObjectStore,
    source: &CellMarker,
    cell: Uuid,
    state: &CellState,
    present: &mut BTreeSet<String>,
    copied: &mut Copied,
) -> Result<Vec<LogEnd>, TransferError> {
    for folder in ["epochs", "keys"] {
        let keys = from.list(folder.to_owned()).await?;
        copy_all(from, to, keys, present, copied).await?;
    }
    let ends = ends_of(from, source.cell, state).await?;
    for log in &ends {
        for slot in log.low..log.end {
            let key = ObjectKey::Wal { epoch: BrokerEpoch(log.epoch), lane: 0, slot }.to_string();
            if present.contains(&key) {
                continue;
            }
            let bytes = fetch(from, &key).await?;
            let moved = under(cell, source.cell, BrokerEpoch(log.epoch), slot, &bytes)
                .map_err(|reason| damaged(&key, reason))?;
            put_new(to, key.clone(), moved).await?;
            copied.objects += 1;
            copied.bytes += bytes.len() as u64;
            present.insert(key);
        }
    }
    copied.partitions = 0;
    for pg in (0..source.placement_groups).map(PgId) {
        let Some((manifest, _)) = manifest_of(from, pg).await? else { continue };
        let mut named: BTreeSet<String> = BTreeSet::new();
        for extent in manifest.partitions.iter().flat_map(|p| &p.extents) {
            let object = extent.object_ref();
            let object = object.map_err(|e| damaged(&ObjectKey::Manifest(pg).to_string(), e))?;
            if object.kind == ObjectKind::Wal {
                return Err(TransferError::OnDisk);
            }
            named.insert(object.key().to_string());
        }
        copy_all(from, to, named, present, copied).await?;
        put_manifest(to, &manifest).await?;
        copied.partitions += manifest.partitions.len() as u64;
    }
    Ok(ends)
}

/// A slot of one cell as the same slot of another: its checksums are bound to the cell.
fn under(
    cell: Uuid,
    source: Uuid,
    epoch: BrokerEpoch,
    slot: u64,
    bytes: &bytes::Bytes,
) -> Result<crate::payload::Payload, String> {
    let head = bytes.first_chunk::<HEADER_SIZE>().ok_or("it is too short")?;
    let header = SlotHeader::parse(head, source, epoch, slot).map_err(|e| e.to_string())?;
    verify_body(&header, bytes).map_err(|e| e.to_string())?;
    let length = usize::try_from(header.body_len).map_err(|e| e.to_string())?;
    let footer = SlotFooter::parse(&bytes[HEADER_SIZE + length..], &header.wal, slot);
    let footer = footer.map_err(|e| e.to_string())?;
    let body = bytes.slice(HEADER_SIZE..HEADER_SIZE + length);
    let wal = crate::ids::WalIdentity { cell, ..header.wal };
    let moved = SlotBuilder::again(footer, body);
    let moved = moved.finish(wal, slot, header.flags, header.frontier, header.appended_at_ms);
    Ok(moved.payload())
}
