//! Reads slots by header and footer, many at a time.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use uuid::Uuid;

use crate::ids::BrokerEpoch;
use crate::keys::ObjectKey;
use crate::object_ref::ObjectRef;
use crate::slot::{HEADER_SIZE, ScannedSlot, SlotHeader, read_footer};
use crate::store::{ByteRange, ObjectStore, StoreError};
use crate::wal::{ScannedFile, WalError};

/// Requests at a time.
const WIDTH: usize = 64;
/// Read at once; a small slot needs no second request.
const FIRST_READ: u64 = 16 << 10;

/// Reads header and footer of `slots`, in their order, each as a file of one slot. What is missing is
/// left out.
///
/// # Errors
/// When one is damaged.
pub async fn scan_slots(
    store: &dyn ObjectStore,
    cell: Uuid,
    epoch: BrokerEpoch,
    slots: impl IntoIterator<Item = u64>,
) -> Result<Vec<ScannedFile>, WalError> {
    let reads: Vec<_> = slots.into_iter().map(|slot| scan_slot(store, cell, epoch, slot)).collect();
    let found: Vec<_> = stream::iter(reads).buffered(WIDTH).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Reads header and footer of one slot; none when nothing is there.
pub(crate) async fn scan_slot(
    store: &dyn ObjectStore,
    cell: Uuid,
    epoch: BrokerEpoch,
    slot: u64,
) -> Result<Option<ScannedFile>, WalError> {
    let key = ObjectKey::Wal { epoch, lane: 0, slot }.to_string();
    let bad = |reason: &dyn std::fmt::Display| WalError::Corrupt {
        path: key.clone(),
        position: 0,
        reason: reason.to_string(),
    };
    let read = |range| store.get_range(key.clone(), ByteRange::Between(range));
    let first = match read(0..FIRST_READ).await {
        Ok(part) => part,
        Err(StoreError::NotFound(_)) => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    let head = first.bytes.first_chunk::<HEADER_SIZE>().ok_or_else(|| bad(&"it is too short"))?;
    let header = SlotHeader::parse(head, cell, epoch, slot).map_err(|e| bad(&e))?;
    if header.total_len() != first.size {
        return Err(bad(&"its length is not what its header says"));
    }
    let at = HEADER_SIZE as u64 + header.body_len;
    let inside = usize::try_from(at).ok().and_then(|at| first.bytes.get(at..));
    let footer = match inside {
        Some(bytes) if bytes.len() == header.footer_len as usize => first.bytes.slice_ref(bytes),
        _ => read(at..first.size).await?.bytes,
    };
    let footer = read_footer(&header, &footer).map_err(|e| bad(&e))?;
    Ok(Some(ScannedFile {
        file: ObjectRef::wal_file(0, epoch, 0, slot),
        slots: vec![ScannedSlot { position: 0, header, footer }],
        end: first.size,
        uncut: false,
        torn: None,
        frontier_behind: None,
    }))
}
