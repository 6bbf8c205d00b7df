use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ops::Txn;
use super::state::{CellState, MetaConflict, SnapshotError};
use crate::ids::{BrokerEpoch, WalIdentity};
use crate::keys::ObjectKey;
use crate::levels::{FormatLevels, LevelError};
use crate::payload::Payload;
use crate::planted::{Planted, on};
use crate::slot::{HEADER_SIZE, SlotBuilder, SlotFlags, SlotHeader, verify_body};
use crate::store::{ETag, ObjectStore, PutMode, StoreError};

/// Entries that are read or deleted at a time: a term may have many, and failover waits for them.
const WIDTH: usize = 64;

/// How often a writer that begins its next terms is pursued by who takes over.
const ROLLS_MAX: u128 = 8;

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
    /// The cell has a format level that this version does not know. Nothing is damaged.
    #[error(transparent)]
    Level(#[from] LevelError),
    /// Another process took the term over.
    #[error("another process writes the metadata of this cell; stop one of the two")]
    Fenced,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Current {
    format_level: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raised_by: Option<String>,
    pub(super) term: u64,
    snapshot: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    writer: Option<String>,
    /// The writer is who wrote the term before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    rolled: bool,
}

/// Who writes the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// Its term.
    pub term: u64,
    /// Host and port where it answers other brokers, if it does.
    pub address: Option<String>,
}

/// One entry: a transaction, or several that were committed together.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Entry {
    One(Txn),
    Many(Vec<Txn>),
}

impl Entry {
    fn new(mut txns: Vec<Txn>) -> Self {
        match txns.pop() {
            Some(only) if txns.is_empty() => Self::One(only),
            last => {
                txns.extend(last);
                Self::Many(txns)
            }
        }
    }

    fn txns(&self) -> &[Txn] {
        match self {
            Self::One(txn) => std::slice::from_ref(txn),
            Self::Many(txns) => txns,
        }
    }
}

/// The metadata log of a cell, opened for writing: one term, one writer.
#[derive(Debug)]
pub struct MetaLog {
    store: Arc<dyn ObjectStore>,
    cell: Uuid,
    term: u64,
    next_slot: u64,
    state: CellState,
    address: Option<String>,
    /// What was being committed when its caller went away.
    in_doubt: Vec<Txn>,
}

impl MetaLog {
    /// Opens the log: seals the last term, replays it, and begins the next with a snapshot. From the
    /// seal on, whoever wrote that term commits nothing more. `store` waits doubt out; `address` is
    /// where other brokers reach this writer.
    ///
    /// # Errors
    /// When the store fails, or what is stored is damaged.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        cell: Uuid,
        snapshot_id: Uuid,
        address: Option<String>,
    ) -> Result<Self, MetaError> {
        Self::open_knowing(FormatLevels::own(), store, cell, snapshot_id, address).await
    }

    /// Opens the log as a version that knows `levels`.
    ///
    /// # Errors
    /// When the cell has another level, the store fails, or what is stored is damaged.
    pub async fn open_knowing(
        levels: FormatLevels,
        store: Arc<dyn ObjectStore>,
        cell: Uuid,
        snapshot_id: Uuid,
        address: Option<String>,
    ) -> Result<Self, MetaError> {
        for attempt in 0..ROLLS_MAX {
            // What an attempt has left has a name of its own.
            let snapshot_id = Uuid::from_u128(snapshot_id.as_u128().wrapping_add(attempt));
            let opened = Self::try_open(levels, &store, cell, snapshot_id, address.clone()).await;
            let Err(MetaError::Fenced) = opened else { return opened };
            // A writer that begins its next term meanwhile is taken over all the same. Another opener is not.
            let key = ObjectKey::MetaCurrent.to_string();
            let (bytes, _) = store.get(key.clone()).await?;
            if !parse::<Current>(&key, &bytes)?.rolled {
                return Err(MetaError::Fenced);
            }
        }
        Err(MetaError::Fenced)
    }

    async fn try_open(
        levels: FormatLevels,
        store: &Arc<dyn ObjectStore>,
        cell: Uuid,
        snapshot_id: Uuid,
        address: Option<String>,
    ) -> Result<Self, MetaError> {
        let key = ObjectKey::MetaCurrent.to_string();
        let store = Arc::clone(store);
        let (state, in_doubt) = (CellState::default(), Vec::new());
        let mut log = Self { store, cell, term: 1, next_slot: 0, state, address, in_doubt };
        let (bytes, etag) = match log.store.get(key.clone()).await {
            Ok(found) => found,
            Err(StoreError::NotFound(_)) => {
                log.begin_term(snapshot_id, None, false).await?;
                return Ok(log);
            }
            Err(e) => return Err(e.into()),
        };
        let current: Current = parse(&key, &bytes)?;
        // Before the seal: a version that cannot serve the cell leaves whoever writes the term alone.
        levels.check(current.format_level, current.raised_by.as_deref())?;
        let end = log.seal_term(current.term, snapshot_id).await?;
        log.state = match replay(&*log.store, cell, &current, end).await {
            Err(MetaError::Store(StoreError::NotFound(key))) => {
                // Whoever else opens the log removes what its snapshot covers, but only afterwards.
                let writer = Self::writer(&*log.store).await?;
                let ours = writer.is_some_and(|w| w.term == current.term);
                let missing = || corrupt(&key, "it is missing, and the log goes on behind it");
                return Err(if ours { missing() } else { MetaError::Fenced });
            }
            other => other?,
        };
        // It may have been raised in the term that ended.
        levels.check(log.state.level(), log.state.raised_by())?;
        log.term = current.term + 1;
        log.begin_term(snapshot_id, Some(etag), false).await?;
        log.prune(&current, end).await?;
        Ok(log)
    }

    /// Ends this term, and begins the next with a snapshot, so that the log stays short however long its
    /// writer lives. The seal comes first, as for every opener: a copy of this process, such as a virtual
    /// machine that was resumed twice, commits nothing behind it.
    ///
    /// # Errors
    /// [`MetaError::Fenced`]: another process took over. When the store fails, the log goes on nowhere:
    /// the next opener finds out how far this came.
    pub async fn roll(&mut self, snapshot_id: Uuid) -> Result<(), MetaError> {
        if !self.in_doubt.is_empty() {
            self.append().await?;
        }
        let key = ObjectKey::MetaCurrent.to_string();
        let (bytes, etag) = self.store.get(key.clone()).await?;
        let old: Current = parse(&key, &bytes)?;
        let sealed = self.seal_term_at(self.term, self.next_slot, snapshot_id).await?;
        // A seal of somebody else: who takes over has begun to.
        if old.term != self.term || sealed != Some(snapshot_id) {
            return Err(MetaError::Fenced);
        }
        let end = self.next_slot;
        (self.term, self.next_slot) = (self.term + 1, 0);
        if on(Planted::StaleSnapshot) {
            self.state = replay(&*self.store, self.cell, &old, 0).await?;
        }
        self.begin_term(snapshot_id, Some(etag), true).await?;
        self.prune(&old, end).await
    }

    /// Begins the log of a cell that was copied: `state` is all that was ever committed. Replaces what an
    /// attempt before has left; nobody may have opened that.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn found(
        store: Arc<dyn ObjectStore>,
        cell: Uuid,
        snapshot_id: Uuid,
        state: CellState,
    ) -> Result<(), MetaError> {
        let there = match store.get(ObjectKey::MetaCurrent.to_string()).await {
            Ok((_, etag)) => Some(etag),
            Err(StoreError::NotFound(_)) => None,
            Err(e) => return Err(e.into()),
        };
        let (address, in_doubt) = (None, Vec::new());
        let log = Self { store, cell, term: 1, next_slot: 0, state, address, in_doubt };
        log.begin_term(snapshot_id, there, false).await
    }

    /// Who opened the log last; none when nobody ever did.
    ///
    /// # Errors
    /// When the store fails, or the pointer is damaged.
    pub async fn writer(store: &dyn ObjectStore) -> Result<Option<Writer>, MetaError> {
        let key = ObjectKey::MetaCurrent.to_string();
        match store.get(key.clone()).await {
            Ok((bytes, _)) => {
                let current: Current = parse(&key, &bytes)?;
                Ok(Some(Writer { term: current.term, address: current.writer }))
            }
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// The term that this log writes.
    #[must_use]
    pub fn term(&self) -> u64 {
        self.term
    }

    /// The state after the last committed transaction.
    #[must_use]
    pub fn state(&self) -> &CellState {
        &self.state
    }

    /// How many entries this term has.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.next_slot
    }

    /// Commits a transaction: durable when this returns. One whose caller goes away in the middle is
    /// settled by the next one, which goes behind it.
    ///
    /// # Errors
    /// When it does not apply (nothing was written), or the store fails.
    pub async fn commit(&mut self, txn: &Txn) -> Result<(), MetaError> {
        let mut outcomes = self.commit_all(std::slice::from_ref(txn)).await?;
        outcomes.pop().map_or(Ok(()), |outcome| outcome.map_err(Into::into))
    }

    /// Commits those of the transactions that apply, in their order, as one entry. Says which did not.
    ///
    /// # Errors
    /// When the store fails: then none of them counts, until the next commit settles it.
    pub async fn commit_all(
        &mut self,
        txns: &[Txn],
    ) -> Result<Vec<Result<(), MetaConflict>>, MetaError> {
        if !self.in_doubt.is_empty() {
            self.append().await?;
        }
        let mut next = self.state.clone();
        let outcomes: Vec<_> = txns.iter().map(|txn| next.apply(txn)).collect();
        let applied = txns.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
        self.in_doubt = applied.map(|(txn, _)| txn.clone()).collect();
        if !self.in_doubt.is_empty() {
            self.append().await?;
        }
        Ok(outcomes)
    }

    /// Writes what is in doubt; it applies to the state.
    async fn append(&mut self) -> Result<(), MetaError> {
        let key = ObjectKey::Meta { term: self.term, slot: self.next_slot }.to_string();
        let mut next = self.state.clone();
        self.in_doubt.iter().try_for_each(|txn| next.apply(txn))?;
        let entry = Entry::new(self.in_doubt.clone());
        let body = serde_json::to_vec(&entry).map_err(|e| corrupt(&key, &e.to_string()))?;
        let entry =
            self.encode(SlotFlags::DATA, (self.term, Uuid::nil()), self.next_slot, body.into());
        match self.store.put(key.clone(), entry.clone(), PutMode::IfAbsent).await {
            Ok(_) => {}
            Err(StoreError::Exists(_)) => match self.store.get(key).await {
                Ok((there, _)) if there == entry.concat() => {}
                Ok(_) | Err(StoreError::NotFound(_)) => return Err(MetaError::Fenced),
                Err(e) => return Err(e.into()),
            },
            Err(e) => return Err(e.into()),
        }
        self.state = next;
        self.next_slot += 1;
        self.in_doubt.clear();
        Ok(())
    }

    async fn begin_term(
        &self,
        snapshot: Uuid,
        etag: Option<ETag>,
        rolled: bool,
    ) -> Result<(), MetaError> {
        let key = ObjectKey::MetaSnapshot(snapshot).to_string();
        let body = self.state.to_json().map_err(|e| corrupt(&key, &e.to_string()))?;
        self.store.put(key, body.into(), PutMode::IfAbsent).await?;
        let key = ObjectKey::MetaCurrent.to_string();
        let (term, writer) = (self.term, self.address.clone());
        let format_level = self.state.level();
        let raised_by = self.state.raised_by().map(str::to_owned);
        let current = Current { format_level, raised_by, term, snapshot, writer, rolled };
        let body = serde_json::to_vec(&current).map_err(|e| corrupt(&key, &e.to_string()))?;
        let mode = etag.map_or(PutMode::IfAbsent, PutMode::IfMatch);
        match self.store.put(key, body.into(), mode).await {
            Ok(_) => Ok(()),
            Err(StoreError::Exists(_) | StoreError::Changed(_)) => Err(MetaError::Fenced),
            Err(e) => Err(e.into()),
        }
    }

    /// Ends a term: nothing is committed in it any more. Returns its end, the first slot that holds no
    /// entry. A writer has one entry on its way at a time, so a seal soon finds its place.
    async fn seal_term(&self, term: u64, sealer: Uuid) -> Result<u64, MetaError> {
        let entries = self.store.list(format!("meta/{term:016x}")).await?;
        let mut end = (entries.len() as u64).saturating_sub(1);
        while self.seal_term_at(term, end, sealer).await?.is_none() {
            end += 1;
        }
        Ok(end)
    }

    /// Seals a term at a slot, and says who sealed it. None: the slot holds an entry.
    async fn seal_term_at(
        &self,
        term: u64,
        slot: u64,
        sealer: Uuid,
    ) -> Result<Option<Uuid>, MetaError> {
        let key = ObjectKey::Meta { term, slot }.to_string();
        let seal = self.encode(SlotFlags::SEAL, (term, sealer), slot, Bytes::new());
        match self.store.put(key.clone(), seal, PutMode::IfAbsent).await {
            Ok(_) => return Ok(Some(sealer)),
            Err(StoreError::Exists(_)) => {}
            Err(e) => return Err(e.into()),
        }
        let (bytes, _) = match self.store.get(key.clone()).await {
            // It was there a moment ago: its term ended, and whoever began the next one has removed it.
            Err(StoreError::NotFound(_)) => return Err(MetaError::Fenced),
            found => found?,
        };
        let header = entry_header(&key, &bytes, self.cell, term, slot)?;
        Ok(header.flags.has(SlotFlags::SEAL).then(|| Uuid::from_bytes(header.wal.nonce)))
    }

    /// Deletes what the new snapshot covers. The old term keeps the seal at its end for ever.
    async fn prune(&self, old: &Current, end: u64) -> Result<(), MetaError> {
        let entries = (0..end).map(|slot| ObjectKey::Meta { term: old.term, slot }.to_string());
        let deletions: Vec<_> = entries.map(|key| self.store.delete(key)).collect();
        stream::iter(deletions).buffer_unordered(WIDTH).try_collect::<()>().await?;
        self.store.delete(ObjectKey::MetaSnapshot(old.snapshot).to_string()).await?;
        Ok(())
    }

    fn encode(&self, flags: SlotFlags, (term, by): (u64, Uuid), slot: u64, body: Bytes) -> Payload {
        let mut builder = SlotBuilder::default();
        builder.push_raw(body);
        let encoded = builder.finish(identity(self.cell, term, by), slot, flags, slot, 0);
        encoded.parts().cloned().collect()
    }
}

/// Entries are bound to cell, term and slot; the term plays the part of the epoch. A seal says who sealed.
fn identity(cell: Uuid, term: u64, by: Uuid) -> WalIdentity {
    WalIdentity { cell, store: 0, epoch: BrokerEpoch(term), lane: 0, nonce: by.into_bytes() }
}

pub(super) async fn replay(
    store: &dyn ObjectStore,
    cell: Uuid,
    current: &Current,
    end: u64,
) -> Result<CellState, MetaError> {
    let key = ObjectKey::MetaSnapshot(current.snapshot).to_string();
    let (bytes, _) = store.get(key.clone()).await?;
    let mut state = CellState::from_json(&bytes).map_err(|e| match e {
        SnapshotError::Json(e) => corrupt(&key, &e.to_string()),
        SnapshotError::Level(e) => MetaError::Level(e),
    })?;
    let keys = (0..end).map(|slot| ObjectKey::Meta { term: current.term, slot }.to_string());
    let reads: Vec<_> = keys
        .map(|key| async move {
            let (bytes, _) = store.get(key.clone()).await?;
            Ok::<_, MetaError>((key, bytes))
        })
        .collect();
    let mut entries = stream::iter(reads).buffered(WIDTH).zip(stream::iter(0..end));
    while let Some((entry, slot)) = entries.next().await {
        let (key, bytes) = entry?;
        let header = entry_header(&key, &bytes, cell, current.term, slot)?;
        verify_body(&header, &bytes).map_err(|e| corrupt(&key, &e.to_string()))?;
        let body_end = HEADER_SIZE + usize::try_from(header.body_len).unwrap_or(usize::MAX);
        let entry: Entry = parse(&key, &bytes[HEADER_SIZE..body_end])?;
        entry.txns().iter().try_for_each(|txn| state.apply(txn))?;
    }
    Ok(state)
}

pub(super) fn entry_header(
    key: &str,
    bytes: &Bytes,
    cell: Uuid,
    term: u64,
    slot: u64,
) -> Result<SlotHeader, MetaError> {
    let head: &[u8; HEADER_SIZE] =
        bytes.first_chunk().ok_or_else(|| corrupt(key, "shorter than a header"))?;
    SlotHeader::parse(head, cell, BrokerEpoch(term), slot).map_err(|e| corrupt(key, &e.to_string()))
}

pub(super) fn parse<'a, T: Deserialize<'a>>(key: &str, bytes: &'a [u8]) -> Result<T, MetaError> {
    serde_json::from_slice(bytes).map_err(|e| corrupt(key, &e.to_string()))
}

pub(super) fn corrupt(key: &str, reason: &str) -> MetaError {
    MetaError::Corrupt { key: key.to_owned(), reason: reason.to_owned() }
}
