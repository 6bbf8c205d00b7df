use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ops::Txn;
use super::state::{CellState, MetaConflict};
use crate::birth::FORMAT_LEVEL;
use crate::ids::{BrokerEpoch, WalIdentity};
use crate::keys::ObjectKey;
use crate::payload::Payload;
use crate::slot::{HEADER_SIZE, SlotBuilder, SlotFlags, SlotHeader, verify_body};
use crate::store::{ETag, ObjectStore, PutMode, StoreError};

/// Why metadata cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetaError {
    /// The store failed. A commit whose outcome is unknown ends the incarnation.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The transaction does not apply.
    #[error(transparent)]
    Conflict(#[from] MetaConflict),
    /// What is stored cannot be read.
    #[error(
        "metadata object {key} is damaged: {reason}; restore it from a backup, or move the folder away to start empty"
    )]
    Corrupt {
        /// The object.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// Another process took the term over.
    #[error("another process writes the metadata of this cell; stop one of the two")]
    Fenced,
}

#[derive(Serialize, Deserialize)]
struct Current {
    format_level: u16,
    term: u64,
    snapshot: Uuid,
}

/// The metadata log of a cell, opened for writing: one term, one writer.
#[derive(Debug)]
pub struct MetaLog {
    store: Arc<dyn ObjectStore>,
    cell: Uuid,
    term: u64,
    next_slot: u64,
    state: CellState,
}

impl MetaLog {
    /// Opens the log: replays the last term, seals it, and begins the next with a snapshot.
    ///
    /// # Errors
    /// When the store fails, or what is stored is damaged.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        cell: Uuid,
        snapshot_id: Uuid,
    ) -> Result<Self, MetaError> {
        let key = ObjectKey::MetaCurrent.to_string();
        let (state, old, etag) = match store.get(key.clone()).await {
            Ok((bytes, etag)) => {
                let current: Current = parse(&key, &bytes)?;
                if current.format_level > FORMAT_LEVEL {
                    return Err(corrupt(&key, "written by a newer version of Weir"));
                }
                let state = replay(&*store, cell, &current).await?;
                (state, Some(current), Some(etag))
            }
            Err(StoreError::NotFound(_)) => (CellState::default(), None, None),
            Err(e) => return Err(e.into()),
        };
        let term = old.as_ref().map_or(1, |c| c.term + 1);
        let log = Self { store, cell, term, next_slot: 0, state };
        log.begin_term(snapshot_id, etag).await?;
        if let Some(old) = old {
            log.prune(&old).await?;
        }
        Ok(log)
    }

    /// The state after the last committed transaction.
    #[must_use]
    pub fn state(&self) -> &CellState {
        &self.state
    }

    /// Commits a transaction: durable when this returns.
    ///
    /// # Errors
    /// When it does not apply (nothing was written), or the store fails.
    pub async fn commit(&mut self, txn: &Txn) -> Result<(), MetaError> {
        let mut next = self.state.clone();
        next.apply(txn)?;
        let key = ObjectKey::Meta { term: self.term, slot: self.next_slot }.to_string();
        let body = serde_json::to_vec(txn).map_err(|e| corrupt(&key, &e.to_string()))?;
        let entry = self.encode(SlotFlags::DATA, self.term, self.next_slot, body.into());
        match self.store.put(key, entry, PutMode::IfAbsent).await {
            Ok(_) => {}
            Err(StoreError::Exists(_)) => return Err(MetaError::Fenced),
            Err(e) => return Err(e.into()),
        }
        self.state = next;
        self.next_slot += 1;
        Ok(())
    }

    async fn begin_term(&self, snapshot: Uuid, etag: Option<ETag>) -> Result<(), MetaError> {
        let key = ObjectKey::MetaSnapshot(snapshot).to_string();
        let body = self.state.to_json().map_err(|e| corrupt(&key, &e.to_string()))?;
        self.store.put(key, body.into(), PutMode::IfAbsent).await?;
        let key = ObjectKey::MetaCurrent.to_string();
        let current = Current { format_level: FORMAT_LEVEL, term: self.term, snapshot };
        let body = serde_json::to_vec(&current).map_err(|e| corrupt(&key, &e.to_string()))?;
        let mode = etag.map_or(PutMode::IfAbsent, PutMode::IfMatch);
        match self.store.put(key, body.into(), mode).await {
            Ok(_) => Ok(()),
            Err(StoreError::Exists(_) | StoreError::Changed(_)) => Err(MetaError::Fenced),
            Err(e) => Err(e.into()),
        }
    }

    /// Deletes what the new snapshot covers. The old term keeps a seal at its end for ever.
    async fn prune(&self, old: &Current) -> Result<(), MetaError> {
        let prefix = format!("meta/{:016x}", old.term);
        let entries = self.store.list(prefix).await?;
        let end = entries.len() as u64;
        let seal = self.encode(SlotFlags::SEAL, old.term, end, Bytes::new());
        let key = ObjectKey::Meta { term: old.term, slot: end }.to_string();
        self.store.put(key, seal, PutMode::IfAbsent).await?;
        for key in entries {
            self.store.delete(key).await?;
        }
        self.store.delete(ObjectKey::MetaSnapshot(old.snapshot).to_string()).await?;
        Ok(())
    }

    fn encode(&self, flags: SlotFlags, term: u64, slot: u64, body: Bytes) -> Payload {
        let mut builder = SlotBuilder::default();
        builder.push_raw(body);
        let encoded = builder.finish(identity(self.cell, term), slot, flags, slot, 0);
        encoded.parts().cloned().collect()
    }
}

/// Entries are bound to cell, term and slot; the term plays the part of the epoch.
fn identity(cell: Uuid, term: u64) -> WalIdentity {
    WalIdentity { cell, store: 0, epoch: BrokerEpoch(term), lane: 0, nonce: [0; 16] }
}

async fn replay(
    store: &dyn ObjectStore,
    cell: Uuid,
    current: &Current,
) -> Result<CellState, MetaError> {
    let key = ObjectKey::MetaSnapshot(current.snapshot).to_string();
    let (bytes, _) = store.get(key.clone()).await?;
    let mut state = CellState::from_json(&bytes).map_err(|e| corrupt(&key, &e.to_string()))?;
    for (slot, key) in (0_u64..).zip(store.list(format!("meta/{:016x}", current.term)).await?) {
        if key != (ObjectKey::Meta { term: current.term, slot }).to_string() {
            return Err(corrupt(&key, "an entry before it is missing"));
        }
        let (bytes, _) = store.get(key.clone()).await?;
        let head: &[u8; HEADER_SIZE] =
            bytes.first_chunk().ok_or_else(|| corrupt(&key, "shorter than a header"))?;
        let header = SlotHeader::parse(head, cell, BrokerEpoch(current.term), slot)
            .map_err(|e| corrupt(&key, &e.to_string()))?;
        verify_body(&header, &bytes).map_err(|e| corrupt(&key, &e.to_string()))?;
        if header.flags.has(SlotFlags::SEAL) {
            continue;
        }
        let body_end = HEADER_SIZE + usize::try_from(header.body_len).unwrap_or(usize::MAX);
        let txn: Txn = parse(&key, &bytes[HEADER_SIZE..body_end])?;
        state.apply(&txn)?;
    }
    Ok(state)
}

fn parse<'a, T: Deserialize<'a>>(key: &str, bytes: &'a [u8]) -> Result<T, MetaError> {
    serde_json::from_slice(bytes).map_err(|e| corrupt(key, &e.to_string()))
}

fn corrupt(key: &str, reason: &str) -> MetaError {
    MetaError::Corrupt { key: key.to_owned(), reason: reason.to_owned() }
}
