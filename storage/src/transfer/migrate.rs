//! The move of a cell from the files of a local disk into a store, under its own id.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use common_seams::{Clock, Rng, uuid_v4, uuid_v7};

use super::ends::{finish, found, put_new};
use super::error::damaged;
use super::mark::{begin, marker_of};
use super::pages::{copy_all, manifest_of, put_manifest};
use super::{Copied, TransferError};
use crate::birth::CellMarker;
use crate::file_index::{ChunkAt, FileIndex, chunk_at};
use crate::ids::{BrokerEpoch, PartitionId, PgId};
use crate::keys::{ObjectKey, wal_prefix};
use crate::manifest::{Extent, Manifest, ManifestError, PartitionManifest};
use crate::meta::{CellState, EpochState, MetaLog};
use crate::object_ref::{ObjectKind, ObjectRef};
use crate::segment::{SegmentBuilder, segment_id};
use crate::slot::SlotFlags;
use crate::store::ObjectStore;
use crate::wal::{LogRead, WalRead};

/// Bytes of a segment, which lies in memory while it is made.
const SEGMENT_BYTES: u64 = 64 << 20;
/// Bytes that are read at a time.
const READ_BYTES: u64 = 8 << 20;

/// A cell on a local disk that was closed, and the store that it moves to.
pub struct Migration<'a> {
    /// The cell's objects.
    pub from: &'a dyn ObjectStore,
    /// Its records.
    pub reader: &'a dyn LogRead,
    /// The files that they lie in.
    pub files: &'a dyn WalRead,
    /// Where it moves to; waits doubt out.
    pub to: Arc<dyn ObjectStore>,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Randomness.
    pub rng: &'a dyn Rng,
}

/// Copies a closed cell into a store. Who knows now that the cell lies there calls
/// [`complete`](super::complete); until then nobody starts from it, and calling this again goes on where
/// it ended.
///
/// # Errors
/// When the cell was not closed, a file is damaged, or a store fails. The source is as it was.
pub async fn migrate(what: &Migration<'_>) -> Result<Copied, TransferError> {
    let marker = marker_of(what.from).await?;
    let state = MetaLog::read(what.from, marker.cell).await?;
    let mut state =
        state.ok_or_else(|| TransferError::NoCell(ObjectKey::MetaCurrent.to_string()))?;
    let last = last_of(&state);
    let end = end_of(what.files, &marker, last)?;
    begin(&*what.to, marker.cell, marker.cell).await?;
    let mut copied = Copied { cell: marker.cell, ..Copied::default() };
    let mut present: BTreeSet<String> = what.to.list(String::new()).await?.into_iter().collect();
    for folder in ["epochs", "keys"] {
        let keys = what.from.list(folder.to_owned()).await?;
        copy_all(what.from, &*what.to, keys, &mut present, &mut copied).await?;
    }
    let mut mover = Mover { what, marker: &marker, last, indexes: HashMap::new(), copied };
    for pg in (0..marker.placement_groups).map(PgId) {
        let Some((manifest, _)) = manifest_of(what.from, pg).await? else {
            return Err(TransferError::NotClosed(pg.0));
        };
        if manifest.owner != last.0 || manifest.covered_slot(last.0) < end {
            return Err(TransferError::NotClosed(pg.0));
        }
        mover.group(manifest).await?;
    }
    let copied = mover.copied;
    state.end_all(|_| 0);
    found(&what.to, marker.cell, uuid_v4(what.rng), state).await?;
    finish(&*what.to, &marker).await?;
    Ok(copied)
}

/// The incarnation that closed the cell.
fn last_of(state: &CellState) -> BrokerEpoch {
    let active = state.epochs().iter().filter(|(_, s)| **s == EpochState::Active);
    BrokerEpoch(active.map(|(epoch, _)| *epoch).max().unwrap_or(0))
}

/// The slot of the seal that ends a log.
fn end_of(
    files: &dyn WalRead,
    marker: &CellMarker,
    epoch: BrokerEpoch,
) -> Result<u64, TransferError> {
    let bad = |e: &std::io::Error| TransferError::Unreadable {
        key: wal_prefix(epoch, 0),
        reason: e.to_string(),
    };
    let Some(file) = files.files(epoch).map_err(|e| bad(&e))?.pop() else { return Ok(0) };
    let last = files.last_slot(marker.cell, &file).map_err(|e| bad(&e))?;
    if last.header.flags.has(SlotFlags::SEAL) { Ok(last.header.slot) } else { Ok(u64::MAX) }
}

struct Mover<'a> {
    what: &'a Migration<'a>,
    marker: &'a CellMarker,
    /// Creates the segments: once it is sealed, what an attempt left behind is garbage.
    last: BrokerEpoch,
    indexes: HashMap<ObjectRef, Arc<FileIndex>>,
    copied: Copied,
}

/// A segment that is being filled, and what it will have of each partition.
struct Filling {
    builder: SegmentBuilder,
    object: ObjectRef,
    /// By index of the partition in its manifest.
    extents: Vec<(usize, Extent)>,
}

impl Mover<'_> {
    /// Moves the records of a group. After each segment the manifest says how far it came.
    async fn group(&mut self, source: Manifest) -> Result<(), TransferError> {
        let pg = PgId(source.pg);
        let bad = |e: ManifestError| damaged(&ObjectKey::Manifest(pg).to_string(), e);
        let before = manifest_of(&*self.what.to, pg).await?.map(|(manifest, _)| manifest);
        let mut made = source.clone();
        for p in &mut made.partitions {
            p.extents = before.as_ref().map_or_else(Vec::new, |before| moved(before, p));
        }
        let mut filling = self.new_segment();
        for (n, p) in source.partitions.iter().enumerate() {
            let id = p.id().map_err(bad)?;
            let done = made.partitions[n].extents.last().map(|e| e.last + 1);
            for extent in &p.extents {
                let object = extent.object_ref().map_err(bad)?;
                if object.kind != ObjectKind::Wal {
                    return Err(damaged(&ObjectKey::Manifest(pg).to_string(), "it is of a store"));
                }
                let from = done.unwrap_or(0).max(p.log_start).max(extent.first);
                let chunks = self.chunks(object, &id, from..=extent.last).await?;
                for run in runs(&chunks) {
                    for (chunk, bytes) in run.iter().zip(self.read(object, run).await?) {
                        filling.push(n, id, pg, chunk, bytes);
                    }
                    if filling.builder.len() >= SEGMENT_BYTES {
                        let full = std::mem::replace(&mut filling, self.new_segment());
                        self.put(full, &mut made).await?;
                    }
                }
            }
        }
        self.put(filling, &mut made).await?;
        for (p, source) in made.partitions.iter().zip(&source.partitions) {
            check(p, source).map_err(|e| damaged(&ObjectKey::Manifest(pg).to_string(), e))?;
        }
        self.copied.partitions += made.partitions.len() as u64;
        put_manifest(&*self.what.to, &made).await
    }

    fn new_segment(&self) -> Filling {
        let id = segment_id(uuid_v7(self.what.clock, self.what.rng), self.last);
        let builder = SegmentBuilder::new(self.marker.cell, id);
        Filling { builder, object: ObjectRef::segment(0, id), extents: Vec::new() }
    }

    async fn put(&mut self, full: Filling, made: &mut Manifest) -> Result<(), TransferError> {
        if full.builder.is_empty() {
            return Ok(());
        }
        let payload = full.builder.finish().payload;
        self.copied.objects += 1;
        self.copied.bytes += payload.len();
        put_new(&*self.what.to, full.object.key().to_string(), payload).await?;
        for (n, extent) in full.extents {
            made.partitions[n].extents.push(extent);
        }
        put_manifest(&*self.what.to, made).await
    }

    async fn chunks(
        &mut self,
        object: ObjectRef,
        id: &PartitionId,
        offsets: std::ops::RangeInclusive<i64>,
    ) -> Result<Vec<ChunkAt>, TransferError> {
        let index = match self.indexes.get(&object) {
            Some(index) => Arc::clone(index),
            None => {
                let index = self.what.reader.directory(self.marker.cell, object).await;
                let index = Arc::new(index.map_err(|e| unreadable(&object, &e))?);
                self.indexes.insert(object, Arc::clone(&index));
                index
            }
        };
        let all = index.chunks(id);
        let from = &all[chunk_at(all, *offsets.start())..];
        Ok(from.iter().take_while(|c| c.first <= *offsets.end()).copied().collect())
    }

    async fn read(&self, object: ObjectRef, run: &[ChunkAt]) -> Result<Vec<Bytes>, TransferError> {
        let ranges = run.iter().map(|c| c.position..c.position + c.length).collect();
        self.what.reader.read(object, ranges).await.map_err(|e| unreadable(&object, &e))
    }
}

impl Filling {
    fn push(&mut self, n: usize, id: PartitionId, pg: PgId, chunk: &ChunkAt, bytes: Bytes) {
        self.builder.push_stored(id, pg, chunk, bytes);
        match self.extents.last_mut().filter(|(last, _)| *last == n) {
            Some((_, extent)) => {
                extent.last = chunk.last;
                extent.max_timestamp = extent.max_timestamp.max(chunk.max_timestamp);
                extent.bytes += chunk.length;
                extent.encryption_key = extent.encryption_key.max(chunk.encryption_key);
            }
            None => {
                let extent = Extent {
                    first: chunk.first,
                    last: chunk.last,
                    object: self.object.to_bytes().to_vec(),
                    max_timestamp: chunk.max_timestamp,
                    bytes: chunk.length,
                    encryption_key: chunk.encryption_key,
                };
                self.extents.push((n, extent));
            }
        }
    }
}

/// What an attempt before has moved of a partition.
fn moved(before: &Manifest, p: &PartitionManifest) -> Vec<Extent> {
    let same =
        |b: &&PartitionManifest| (&b.tenant, &b.topic, b.index) == (&p.tenant, &p.topic, p.index);
    let extents = before.partitions.iter().find(same).map(|b| &b.extents);
    extents.into_iter().flatten().filter(|e| e.last >= p.log_start).cloned().collect()
}

/// Chunks that are read together.
fn runs(chunks: &[ChunkAt]) -> impl Iterator<Item = &[ChunkAt]> {
    let mut bytes = 0;
    chunks.chunk_by(move |a, _| {
        bytes += a.length;
        let together = bytes < READ_BYTES;
        if !together {
            bytes = 0;
        }
        together
    })
}

/// Whether a partition has all its offsets from the log start on.
fn check(p: &PartitionManifest, source: &PartitionManifest) -> Result<(), String> {
    let Some(first) = source.extents.iter().find(|e| e.last >= source.log_start) else {
        return Ok(());
    };
    let mut next = first.first.max(p.log_start);
    for extent in &p.extents {
        if extent.first > next {
            break;
        }
        next = extent.last + 1;
    }
    if next == p.next_offset {
        return Ok(());
    }
    Err(format!("offsets from {next} to {} of a partition are in no file", p.next_offset))
}

fn unreadable(object: &ObjectRef, error: &std::io::Error) -> TransferError {
    TransferError::Unreadable { key: object.key().to_string(), reason: error.to_string() }
}
