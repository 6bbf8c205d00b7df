//! A copy of a cell in a store, under an id of its own.

use std::sync::Arc;

use uuid::Uuid;

use super::content::{copy_content, refuse_alive, state_of};
use super::ends::{finish, found};
use super::mark::{begin, marker_of};
use super::{Alone, Companion, Copied, TransferError, complete};
use crate::birth::CellMarker;
use crate::ids::BrokerEpoch;
use crate::meta::MetaLog;
use crate::slot::{HEADER_SIZE, SlotBuilder, SlotFooter, SlotHeader, verify_body};
use crate::store::ObjectStore;

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
    restore_with(from, to, what, &Alone).await
}

/// As [`restore`], with something beside the cell that knows its tenants: it is copied at a moment at which
/// it and the copy know the same ones.
///
/// # Errors
/// As for [`restore`]; and when the companion is not copied.
pub async fn restore_with(
    from: &dyn ObjectStore,
    to: &Arc<dyn ObjectStore>,
    what: Restoration,
    companion: &dyn Companion,
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
        let state = copy_content(from, &**to, &source, marker.cell, companion, &mut copied).await?;
        found(to, marker.cell, what.snapshot, state).await?;
    }
    finish(&**to, &marker).await?;
    complete(&**to).await?;
    copied.cell = marker.cell;
    Ok(copied)
}

/// A slot of one cell as the same slot of another: its checksums are bound to the cell.
pub(super) fn under(
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
