//! What is being copied: no cell is started from a part of one.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::TransferError;
use super::error::damaged;
use crate::birth::CellMarker;
use crate::keys::ObjectKey;
use crate::levels::{FIRST_LEVEL, FORMAT_LEVEL};
use crate::store::{ObjectStore, PutMode, StoreError};

#[derive(Debug, Serialize, Deserialize)]
struct CopyMark {
    format_level: u16,
    /// The cell that is read.
    from: Uuid,
    /// The cell that is written.
    cell: Uuid,
}

/// Refuses a store that holds a part of a cell.
///
/// # Errors
/// When it does, or does not answer.
pub async fn refuse_unfinished(store: &dyn ObjectStore) -> Result<(), TransferError> {
    match read(store).await? {
        Some(_) => Err(TransferError::Unfinished),
        None => Ok(()),
    }
}

/// The copy is whole and known to whoever will start it.
///
/// # Errors
/// When the store fails.
pub async fn complete(store: &dyn ObjectStore) -> Result<(), StoreError> {
    store.delete(ObjectKey::Copy.to_string()).await
}

/// Begins a copy of the cell `from` as `cell` in an empty store, or goes on with one. Returns the cell
/// that is being written.
pub(super) async fn begin(
    to: &dyn ObjectStore,
    from: Uuid,
    cell: Uuid,
) -> Result<Uuid, TransferError> {
    if let Some(mark) = read(to).await? {
        return if mark.from == from { Ok(mark.cell) } else { Err(TransferError::OtherCopy) };
    }
    if let Some(object) = to.list_after(String::new(), None, 1).await?.pop() {
        return Err(TransferError::NotEmpty(object.key));
    }
    let key = ObjectKey::Copy.to_string();
    let mark = CopyMark { format_level: FIRST_LEVEL, from, cell };
    let body = serde_json::to_vec(&mark).map_err(|e| damaged(&key, e))?;
    match to.put(key, body.into(), PutMode::IfAbsent).await {
        Ok(_) => Ok(cell),
        Err(StoreError::Exists(_)) => Err(TransferError::OtherCopy),
        Err(e) => Err(e.into()),
    }
}

async fn read(store: &dyn ObjectStore) -> Result<Option<CopyMark>, TransferError> {
    let key = ObjectKey::Copy.to_string();
    let mark: CopyMark = match store.get(key.clone()).await {
        Ok((bytes, _)) => serde_json::from_slice(&bytes).map_err(|e| damaged(&key, e))?,
        Err(StoreError::NotFound(_)) => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    if mark.format_level > FORMAT_LEVEL {
        return Err(damaged(&key, "it was written by a newer version of Weir"));
    }
    Ok(Some(mark))
}

/// The owner marker of the source.
pub(super) async fn marker_of(store: &dyn ObjectStore) -> Result<CellMarker, TransferError> {
    let key = ObjectKey::Cell.to_string();
    let marker: CellMarker = match store.get(key.clone()).await {
        Ok((bytes, _)) => serde_json::from_slice(&bytes).map_err(|e| damaged(&key, e))?,
        Err(StoreError::NotFound(_)) => return Err(TransferError::NoCell(key)),
        Err(e) => return Err(e.into()),
    };
    if marker.format_level > FORMAT_LEVEL {
        return Err(damaged(&key, "it was written by a newer version of Weir"));
    }
    Ok(marker)
}
