use uuid::Uuid;

use super::log::{Current, MetaError, MetaLog, corrupt, entry_header, parse, replay};
use super::state::CellState;
use crate::keys::ObjectKey;
use crate::levels::FormatLevels;
use crate::slot::SlotFlags;
use crate::store::{ObjectStore, StoreError};

/// How often a log that others go on opening is read again.
const ROUNDS_MAX: u32 = 10;

impl MetaLog {
    /// The state as it is stored now, without taking the log over. None when there is no log yet.
    ///
    /// # Errors
    /// When the store fails, or what is stored is damaged.
    pub async fn read(store: &dyn ObjectStore, cell: Uuid) -> Result<Option<CellState>, MetaError> {
        let key = ObjectKey::MetaCurrent.to_string();
        let mut last = None;
        for _ in 0..ROUNDS_MAX {
            let current: Current = match store.get(key.clone()).await {
                Ok((bytes, _)) => parse(&key, &bytes)?,
                Err(StoreError::NotFound(_)) => return Ok(None),
                Err(e) => return Err(e.into()),
            };
            // An object of a term that is not the last one any more may be gone.
            match read_term(store, cell, &current).await {
                Err(MetaError::Store(StoreError::NotFound(gone))) => {
                    if last == Some(current.term) {
                        return Err(corrupt(&gone, "it is missing, and the log needs it"));
                    }
                    last = Some(current.term);
                }
                other => return other.map(Some),
            }
        }
        Err(MetaError::Fenced)
    }
}

async fn read_term(
    store: &dyn ObjectStore,
    cell: Uuid,
    current: &Current,
) -> Result<CellState, MetaError> {
    let term = current.term;
    let entries = store.list(format!("meta/{term:016x}")).await?;
    let mut end = entries.len() as u64;
    if let Some(slot) = end.checked_sub(1) {
        let key = ObjectKey::Meta { term, slot }.to_string();
        let (bytes, _) = store.get(key.clone()).await?;
        if entry_header(&key, &bytes, cell, term, slot)?.flags.has(SlotFlags::SEAL) {
            end = slot;
        }
    }
    let state = replay(store, cell, current, end).await?;
    // It may have been raised in this term, behind its snapshot.
    FormatLevels::own().check(state.level(), state.raised_by())?;
    Ok(state)
}
