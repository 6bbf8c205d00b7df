//! The end of a copy: metadata in which nothing runs, seals, and the owner marker.

use std::sync::Arc;

use uuid::Uuid;

use super::TransferError;
use super::error::damaged;
use crate::birth::{Birth, CellMarker};
use crate::ids::{BrokerEpoch, WalIdentity};
use crate::keys::ObjectKey;
use crate::meta::{CellState, EpochState, MetaLog};
use crate::slot::{SlotBuilder, SlotFlags};
use crate::store::{ObjectStore, PutMode, StoreError};

/// The birth of an incarnation.
pub(super) async fn birth(store: &dyn ObjectStore, epoch: u64) -> Result<Birth, TransferError> {
    let key = ObjectKey::Epoch(BrokerEpoch(epoch)).to_string();
    let (bytes, _) = store.get(key.clone()).await?;
    serde_json::from_slice(&bytes).map_err(|e| damaged(&key, e))
}

/// The log of an incarnation in `cell`.
pub(super) fn log_of(cell: Uuid, birth: &Birth) -> Result<WalIdentity, TransferError> {
    let epoch = BrokerEpoch(birth.epoch);
    let nonce = Uuid::parse_str(&birth.nonce);
    let nonce = nonce.map_err(|e| damaged(&ObjectKey::Epoch(epoch).to_string(), e))?;
    Ok(WalIdentity { cell, store: 0, epoch, lane: 0, nonce: *nonce.as_bytes() })
}

/// Writes the metadata of a copy; replaces that of an attempt before.
pub(super) async fn found(
    to: &Arc<dyn ObjectStore>,
    cell: Uuid,
    snapshot: Uuid,
    state: CellState,
) -> Result<(), TransferError> {
    Ok(MetaLog::found(Arc::clone(to), cell, snapshot, state).await?)
}

/// Puts the seal of every log, and the owner marker, beside metadata that is there.
pub(super) async fn finish(to: &dyn ObjectStore, marker: &CellMarker) -> Result<(), TransferError> {
    let state = MetaLog::read(to, marker.cell).await?;
    let state = state.ok_or_else(|| TransferError::NoCell(ObjectKey::MetaCurrent.to_string()))?;
    for (epoch, s) in state.epochs() {
        let EpochState::Sealed { end } = *s else { continue };
        let wal = log_of(marker.cell, &birth(to, *epoch).await?)?;
        let seal = SlotBuilder::default().finish(wal, end, SlotFlags::SEAL, 0, 0);
        let key = ObjectKey::Wal { epoch: wal.epoch, lane: 0, slot: end }.to_string();
        put_new(to, key, seal.payload()).await?;
    }
    let key = ObjectKey::Cell.to_string();
    let body = serde_json::to_vec_pretty(marker).map_err(|e| damaged(&key, e))?;
    put_new(to, key, body.into()).await?;
    Ok(())
}

/// Puts an object that never changes. Whether it was not there yet.
pub(super) async fn put_new(
    to: &dyn ObjectStore,
    key: String,
    body: crate::payload::Payload,
) -> Result<bool, StoreError> {
    match to.put(key, body, PutMode::IfAbsent).await {
        Ok(_) => Ok(true),
        Err(StoreError::Exists(_)) => Ok(false),
        Err(e) => Err(e),
    }
}
