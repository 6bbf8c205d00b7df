//! Takes a log over: puts seals ahead of a writer that may still run, and finds where the log ends.
//!
//! The caller has fenced the epoch in metadata before (its `wal_low` can no longer move), and commits
//! the end that is found here. Only the committed end counts: another, slower sealer may have left a
//! seal below it, after slots were collected.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use super::scan::{scan_slot, scan_slots};
use crate::ids::WalIdentity;
use crate::keys::{ObjectKey, wal_prefix};
use crate::planted::{Planted, on};
use crate::slot::{SlotBuilder, SlotFlags, SlotHeader};
use crate::store::{ObjectStore, PutMode, StoreError};
use crate::wal::{ScannedFile, WalError};

/// How often barriers are put ahead of a writer that outruns them.
const ROUNDS_MAX: usize = 16;

/// A log to take over, as its birth and metadata tell it.
#[derive(Debug, Clone, Copy)]
pub struct Takeover {
    /// The log; the nonce is its writer's.
    pub wal: WalIdentity,
    /// Most slots that its writer has in flight.
    pub width: u32,
    /// First slot that is still needed.
    pub low: u64,
    /// Nonce of the incarnation that seals.
    pub sealer: [u8; 16],
}

/// A log that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedLog {
    /// First slot that does not count.
    pub end: u64,
    /// The slots from the lowest that is needed up to the end, each as a file of one slot.
    pub slots: Vec<ScannedFile>,
}

/// Why a log cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The store failed for good, or an object is damaged.
    #[error(transparent)]
    Wal(#[from] WalError),
    /// Acknowledged slots are gone: a lifecycle rule, a restore, an operator or a broken store took
    /// them. The epoch stays fenced; a person decides.
    #[error(
        "acknowledged records of incarnation {epoch} are gone: slot {end} of its log is missing, and {proof}. Find out what deletes objects of this store (lifecycle rules, restores) and bring them back"
    )]
    Lost {
        /// The incarnation.
        epoch: u64,
        /// The first slot that is missing.
        end: u64,
        /// What shows it.
        proof: String,
    },
    /// The writer is faster than the sealer.
    #[error("incarnation {0} writes faster than it can be sealed; try again")]
    Outrun(u64),
}

impl From<StoreError> for SealError {
    fn from(e: StoreError) -> Self {
        Self::Wal(e.into())
    }
}

/// Seals a log and finds its end.
///
/// # Errors
/// When the store fails for good, or acknowledged slots are gone.
pub async fn seal(store: &dyn ObjectStore, log: &Takeover) -> Result<SealedLog, SealError> {
    let mut known = BTreeMap::new();
    for _ in 0..ROUNDS_MAX {
        learn(store, log, log.low, &mut known).await?;
        let next = known.last_key_value().map_or(log.low, |(slot, _)| slot + 1);
        if !known.values().any(|f| header(f).flags.has(SlotFlags::SEAL)) {
            // Ahead of a live writer, which would outrun a sealer that probes slot by slot.
            let w = width(log);
            let barriers = [next, next + w, next + 4 * w];
            try_join_all(barriers.map(|slot| put_seal(store, log, slot))).await?;
        }
        let horizon = next + 8 * width(log);
        let Some(end) = walk(store, log, &mut known, horizon).await? else { continue };
        learn(store, log, end, &mut known).await?;
        prove_no_loss(log, end, &known)?;
        let slots = known.into_iter().take_while(|(slot, _)| *slot < end).map(|(_, f)| f);
        return Ok(SealedLog { end, slots: slots.collect() });
    }
    Err(SealError::Outrun(log.wal.epoch.0))
}

/// Where a log ends for whoever reads it now, and whether a seal is there. Writes nothing.
///
/// # Errors
/// When the store fails for good, or acknowledged slots are gone.
pub(crate) async fn survey(
    store: &dyn ObjectStore,
    log: &Takeover,
) -> Result<(u64, bool), SealError> {
    let mut known = BTreeMap::new();
    learn(store, log, log.low, &mut known).await?;
    let mut end = log.low;
    loop {
        match known.get(&end) {
            Some(found) if header(found).flags.has(SlotFlags::SEAL) => break,
            Some(_) => end += 1,
            None => {
                // A list that is made while others write may leave out what it has passed: that of a folder does.
                let is_gap = known.range(end..).next().is_some();
                if !is_gap || !look(store, log, end, &mut known).await? {
                    break;
                }
            }
        }
    }
    prove_no_loss(log, end, &known)?;
    Ok((end, known.contains_key(&end)))
}

/// Walks up from the lowest slot that is needed to the first seal. None: the writer has passed the
/// horizon meanwhile.
async fn walk(
    store: &dyn ObjectStore,
    log: &Takeover,
    known: &mut BTreeMap<u64, ScannedFile>,
    horizon: u64,
) -> Result<Option<u64>, SealError> {
    let mut slot = log.low;
    while slot < horizon {
        let Some(found) = known.get(&slot) else {
            if look(store, log, slot, known).await? {
                continue;
            }
            // Before a seal takes the place of a slot that somebody could still bring back.
            prove_no_loss(log, slot, known)?;
            put_seal(store, log, slot).await?;
            look(store, log, slot, known).await?;
            continue;
        };
        if header(found).flags.has(SlotFlags::SEAL) {
            return Ok(Some(slot));
        }
        slot += 1;
    }
    Ok(None)
}

/// Acknowledged slots leave traces behind them: later slots that could not have been sent without
/// them, and frontiers in headers.
fn prove_no_loss(
    log: &Takeover,
    end: u64,
    known: &BTreeMap<u64, ScannedFile>,
) -> Result<(), SealError> {
    if on(Planted::FrontierIgnored) {
        return Ok(());
    }
    let lost = |proof: String| SealError::Lost { epoch: log.wal.epoch.0, end, proof };
    for (slot, file) in known {
        let h = header(file);
        if h.frontier > end {
            let frontier = h.frontier;
            return Err(lost(format!("slot {slot} says that all below {frontier} were durable")));
        }
        let own = h.wal.nonce == log.wal.nonce && !h.flags.has(SlotFlags::SEAL);
        if own && *slot >= end + width(log) {
            return Err(lost(format!("slot {slot} was only sent once slot {end} was durable")));
        }
    }
    Ok(())
}

/// Reads what is listed from `from` on and not known yet.
async fn learn(
    store: &dyn ObjectStore,
    log: &Takeover,
    from: u64,
    known: &mut BTreeMap<u64, ScannedFile>,
) -> Result<(), SealError> {
    let prefix = wal_prefix(log.wal.epoch, log.wal.lane);
    let after = from.checked_sub(1).map(|slot| key(log, slot));
    let listed = store.list_after(prefix, after, usize::MAX).await?;
    let number = |key: &str| u64::from_str_radix(key.rsplit('/').next()?, 16).ok();
    let slots = listed.iter().filter_map(|o| number(&o.key)).filter(|s| !known.contains_key(s));
    let slots: Vec<u64> = slots.collect();
    for file in scan_slots(store, log.wal.cell, log.wal.epoch, slots).await? {
        known.insert(header(&file).slot, file);
    }
    Ok(())
}

async fn look(
    store: &dyn ObjectStore,
    log: &Takeover,
    slot: u64,
    known: &mut BTreeMap<u64, ScannedFile>,
) -> Result<bool, SealError> {
    let found = scan_slot(store, log.wal.cell, log.wal.epoch, slot).await?;
    Ok(found.map(|file| known.insert(slot, file)).is_some())
}

/// Puts a seal unless something is there already.
async fn put_seal(store: &dyn ObjectStore, log: &Takeover, slot: u64) -> Result<(), SealError> {
    let wal = WalIdentity { nonce: log.sealer, ..log.wal };
    // A sealer knows no frontier; 0 proves nothing.
    let seal = SlotBuilder::default().finish(wal, slot, SlotFlags::SEAL, 0, 0);
    match store.put(key(log, slot), seal.payload(), PutMode::IfAbsent).await {
        Ok(_) | Err(StoreError::Exists(_)) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

fn header(file: &ScannedFile) -> &SlotHeader {
    &file.slots[0].header
}

fn width(log: &Takeover) -> u64 {
    u64::from(log.width.max(1))
}

fn key(log: &Takeover, slot: u64) -> String {
    ObjectKey::Wal { epoch: log.wal.epoch, lane: log.wal.lane, slot }.to_string()
}
