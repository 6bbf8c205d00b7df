//! The logs of incarnations: every slot that is needed is there, and the offsets in them follow those of
//! the manifests.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use uuid::Uuid;

use super::cell::WIDTH;
use super::finding::{Fault, Finding};
use super::report::{Report, Sample};
use crate::ids::{BrokerEpoch, PartitionId};
use crate::keys::{ObjectKey, wal_prefix};
use crate::meta::{CellState, EpochState};
use crate::object_wal::scan_slot;
use crate::slot::{Chunk, ChunkKind, SlotFlags, SlotHeader, verify_body};
use crate::store::{ObjectStore, StoreError};
use crate::wal::WalError;

/// A chunk in a log, with what orders it among the chunks of its partition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Logged {
    epoch: BrokerEpoch,
    slot: u64,
    chunk: Chunk,
}

/// What is known of one slot.
struct Looked {
    slot: u64,
    header: Option<SlotHeader>,
    chunks: Vec<Chunk>,
    fault: Option<Fault>,
}

/// A log, and what of it is needed.
#[derive(Debug, Clone, Copy)]
struct Needed {
    epoch: BrokerEpoch,
    low: u64,
    /// Its end, once it is committed.
    end: Option<u64>,
}

/// Checks all logs that metadata knows. Returns what is wrong, and the chunks of all slots that count.
pub(super) async fn check(
    store: &dyn ObjectStore,
    cell: Uuid,
    state: &CellState,
    sample: Option<Sample>,
    report: &mut Report,
) -> Result<(Vec<Finding>, Vec<Logged>), StoreError> {
    let (mut findings, mut logged) = (Vec::new(), Vec::new());
    for (epoch, s) in state.epochs() {
        let end = match s {
            EpochState::Sealed { end } => Some(*end),
            EpochState::Active | EpochState::Fenced => None,
        };
        let log = Needed { epoch: BrokerEpoch(*epoch), low: state.wal_low(*epoch), end };
        let looked = look_at(store, cell, log, sample, report).await?;
        judge(log, looked, &mut findings, &mut logged);
    }
    logged.sort_by_key(|l| (l.chunk.pg_epoch, l.epoch, l.slot));
    Ok((findings, logged))
}

/// Findings that newer metadata still counts: of slots that were not given up meanwhile.
pub(super) fn still_needed(findings: Vec<Finding>, state: &CellState) -> Vec<Finding> {
    let given_up = |f: &Finding| {
        place(&f.key).is_some_and(|(epoch, slot)| match state.epochs().get(&epoch) {
            // The seal of a log stays for ever.
            Some(EpochState::Sealed { end }) => slot < state.wal_low(epoch) && slot != *end,
            Some(EpochState::Active | EpochState::Fenced) => slot < state.wal_low(epoch),
            None => false,
        })
    };
    findings.into_iter().filter(|f| !given_up(f)).collect()
}

/// Where offsets in the logs do not continue those of the manifests.
pub(super) fn holes(
    logged: &[Logged],
    next: &BTreeMap<PartitionId, i64>,
    topics: &BTreeSet<Uuid>,
) -> BTreeSet<Finding> {
    let mut next = next.clone();
    let mut holes = BTreeSet::new();
    for l in logged {
        let (partition, c) = (l.chunk.partition, &l.chunk);
        // Chunks of topics that were deleted are nobody's.
        if c.kind == ChunkKind::DeleteRecords || !topics.contains(&partition.topic) {
            continue;
        }
        let next = next.entry(partition).or_default();
        if c.first_offset > *next {
            let key = ObjectKey::Wal { epoch: l.epoch, lane: 0, slot: l.slot }.to_string();
            let fault = Fault::Hole { partition, from: *next, to: c.first_offset };
            holes.insert(Finding { key, fault });
        }
        *next = c.last_offset.saturating_add(1).max(*next);
    }
    holes
}

/// Epoch and slot of a key of a log.
pub(super) fn place(key: &str) -> Option<(u64, u64)> {
    let mut parts = key.strip_prefix("wal/")?.split('/').skip(1);
    let mut hex = || parts.next().and_then(|p| u64::from_str_radix(p, 16).ok());
    let (epoch, _lane, slot) = (hex()?, hex()?, hex()?);
    Some((epoch, slot))
}

async fn look_at(
    store: &dyn ObjectStore,
    cell: Uuid,
    log: Needed,
    sample: Option<Sample>,
    report: &mut Report,
) -> Result<Vec<Looked>, StoreError> {
    let mut wanted: BTreeSet<u64> = BTreeSet::new();
    if log.end.is_none_or(|end| log.low < end) {
        let key = |slot| ObjectKey::Wal { epoch: log.epoch, lane: 0, slot }.to_string();
        let after = log.low.checked_sub(1).map(key);
        let listed = store.list_after(wal_prefix(log.epoch, 0), after, usize::MAX).await?;
        let slots = listed.iter().filter_map(|o| place(&o.key)).map(|(_, slot)| slot);
        wanted.extend(slots.filter(|slot| log.end.is_none_or(|end| *slot < end)));
    }
    wanted.extend(log.end);
    let looks: Vec<_> =
        wanted.into_iter().map(|slot| look(store, cell, log.epoch, slot, sample)).collect();
    let looked: Vec<(Looked, bool)> = stream::iter(looks).buffered(WIDTH).try_collect().await?;
    report.checksums += looked.iter().filter(|(_, read)| *read).count() as u64;
    Ok(looked.into_iter().map(|(looked, _)| looked).collect())
}

/// Looks at one slot. The flag says whether all of it was read.
async fn look(
    store: &dyn ObjectStore,
    cell: Uuid,
    epoch: BrokerEpoch,
    slot: u64,
    sample: Option<Sample>,
) -> Result<(Looked, bool), StoreError> {
    let mut looked = Looked { slot, header: None, chunks: Vec::new(), fault: None };
    let file = match scan_slot(store, cell, epoch, slot).await {
        Ok(Some(file)) => file,
        Ok(None) => return Ok((looked, false)),
        Err(WalError::Store(e)) => return Err(e),
        Err(WalError::Corrupt { reason, .. }) => {
            looked.fault = Some(Fault::Damaged(reason));
            return Ok((looked, false));
        }
        Err(other) => {
            looked.fault = Some(Fault::Damaged(other.to_string()));
            return Ok((looked, false));
        }
    };
    let Some(scanned) = file.slots.into_iter().next() else { return Ok((looked, false)) };
    looked.header = Some(scanned.header);
    looked.chunks = scanned.footer.chunks;
    if !sample.is_some_and(|sample| sample.takes(slot)) {
        return Ok((looked, false));
    }
    match store.get(ObjectKey::Wal { epoch, lane: 0, slot }.to_string()).await {
        Ok((bytes, _)) => {
            if verify_body(&scanned.header, &bytes).is_err() {
                looked.fault = Some(Fault::Checksum { from: 0, to: bytes.len() as u64 });
            }
        }
        Err(StoreError::NotFound(_)) => looked.header = None,
        Err(e) => return Err(e),
    }
    Ok((looked, true))
}

/// Tells what is wrong in one log, and what of it counts.
fn judge(log: Needed, looked: Vec<Looked>, findings: &mut Vec<Finding>, logged: &mut Vec<Logged>) {
    let find = |slot, fault| Finding {
        key: ObjectKey::Wal { epoch: log.epoch, lane: 0, slot }.to_string(),
        fault,
    };
    // Of a log that goes on, a slot is known to be durable by what came after it.
    let frontier = looked.iter().filter_map(|l| l.header).map(|h| h.frontier).max().unwrap_or(0);
    let durable = log.end.unwrap_or(frontier);
    let there: BTreeSet<u64> =
        looked.iter().filter(|l| l.header.is_some() || l.fault.is_some()).map(|l| l.slot).collect();
    let missing: Vec<u64> = (log.low..durable).filter(|slot| !there.contains(slot)).collect();
    let needed_by = format!("the log of incarnation {}", log.epoch.0);
    for slot in &missing {
        findings.push(find(*slot, Fault::Missing { needed_by: needed_by.clone() }));
    }
    // Behind a gap that may still be filled nothing counts yet.
    let open = (durable.max(log.low)..).find(|slot| !there.contains(slot)).unwrap_or(u64::MAX);
    for l in looked {
        if let Some(fault) = l.fault {
            findings.push(find(l.slot, fault));
        }
        if log.end == Some(l.slot) {
            if !l.header.is_some_and(|h| h.flags.has(SlotFlags::SEAL)) {
                findings.push(find(l.slot, Fault::Unsealed));
            }
            continue;
        }
        if l.slot >= open {
            continue;
        }
        let (epoch, slot) = (log.epoch, l.slot);
        logged.extend(l.chunks.into_iter().map(|chunk| Logged { epoch, slot, chunk }));
    }
}
