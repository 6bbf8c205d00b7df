//! Reads chunks of many partitions out of the segments that they share, with few requests.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use storage::crc::crc32c;
use storage::ids::PartitionId;
use storage::object_ref::ObjectRef;
use storage::segment::{Block, footer_len, parse_footer};
use storage::store::{ByteRange, ObjectStore, StoreError};
use uuid::Uuid;

use super::budget::Budget;
use crate::partition::LiveExtent;

/// Read first of a segment's end: the footer, unless it is very long.
const FOOTER_READ: u64 = 64 << 10;
/// Directories that are remembered.
const DIRECTORIES_MAX: usize = 512;
/// So much is read in vain between two chunks, rather than to ask twice.
const GAP_MAX: u64 = 128 << 10;

/// Why chunks are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// Their segment is not there any more.
    Gone(ObjectRef),
    /// A segment is not what it should be.
    Damaged(ObjectRef, String),
}

/// Extents of a partition, with their neighbours in the log.
pub(super) type Run<'a> = (PartitionId, &'a [LiveExtent]);

/// The chunks of a run, in the order of their offsets.
pub(super) type Chunks = Vec<(Block, Bytes)>;

/// The store, for one round of merging.
pub(super) struct Source<'a> {
    store: &'a dyn ObjectStore,
    budget: &'a Budget,
    directories: HashMap<ObjectRef, Arc<Vec<Block>>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(store: &'a dyn ObjectStore, budget: &'a Budget) -> Self {
        Self { store, budget, directories: HashMap::new() }
    }

    /// Reads several runs together.
    ///
    /// # Errors
    /// When the store does not answer. What is wrong with one run is told for that one.
    pub(super) async fn read(
        &mut self,
        runs: &[Run<'_>],
    ) -> Result<Vec<Result<Chunks, Unread>>, StoreError> {
        let mut blocks = Vec::with_capacity(runs.len());
        for run in runs {
            blocks.push(self.blocks_of(run).await?);
        }
        let mut wanted: BTreeMap<ObjectRef, Vec<Block>> = BTreeMap::new();
        for (object, block) in blocks.iter().flatten().flatten() {
            wanted.entry(*object).or_default().push(*block);
        }
        let mut found: HashMap<(ObjectRef, u64), Bytes> = HashMap::new();
        let mut failed: HashMap<ObjectRef, Unread> = HashMap::new();
        for (object, mut blocks) in wanted {
            blocks.sort_by_key(|b| b.position);
            match self.read_blocks(object, &blocks).await? {
                Ok(bytes) => {
                    let at = blocks.iter().map(|b| (object, b.position));
                    found.extend(at.zip(bytes));
                }
                Err(unread) => drop(failed.insert(object, unread)),
            }
        }
        let chunks = |blocks: Vec<(ObjectRef, Block)>| -> Result<Chunks, Unread> {
            let one = |(object, block): (ObjectRef, Block)| {
                let bytes = found.get(&(object, block.position)).cloned();
                let why = || failed.get(&object).cloned().unwrap_or(Unread::Gone(object));
                bytes.map(|bytes| (block, bytes)).ok_or_else(why)
            };
            blocks.into_iter().map(one).collect()
        };
        Ok(blocks.into_iter().map(|blocks| blocks.and_then(chunks)).collect())
    }

    /// The chunks of a run, as the directories of its segments tell, without a hole.
    async fn blocks_of(
        &mut self,
        (partition, run): &Run<'_>,
    ) -> Result<Result<Vec<(ObjectRef, Block)>, Unread>, StoreError> {
        let mut all = Vec::new();
        let mut next = run.first().map_or(0, |extent| extent.first);
        for extent in *run {
            let object = extent.file;
            let directory = match self.directory(object).await? {
                Ok(directory) => directory,
                Err(unread) => return Ok(Err(unread)),
            };
            let mut own: Vec<Block> =
                directory.iter().filter(|b| b.partition == *partition).copied().collect();
            own.sort_by_key(|b| b.first);
            own.retain(|b| b.last >= extent.first && b.first <= extent.last);
            for block in &own {
                if block.first != next {
                    break;
                }
                next = block.last + 1;
            }
            if next != extent.last + 1 {
                let text = format!("its directory has no chunk that begins at offset {next}");
                return Ok(Err(Unread::Damaged(object, text)));
            }
            all.extend(own.into_iter().map(|block| (object, block)));
        }
        Ok(Ok(all))
    }

    async fn directory(
        &mut self,
        object: ObjectRef,
    ) -> Result<Result<Arc<Vec<Block>>, Unread>, StoreError> {
        if let Some(known) = self.directories.get(&object) {
            return Ok(Ok(Arc::clone(known)));
        }
        let damaged = |reason: String| Ok(Err(Unread::Damaged(object, reason)));
        let mut end = match self.part(object, ByteRange::Last(FOOTER_READ), FOOTER_READ).await? {
            Ok(bytes) => bytes,
            Err(unread) => return Ok(Err(unread)),
        };
        let length = match footer_len(&end) {
            Ok(length) => length,
            Err(e) => return damaged(e.to_string()),
        };
        if length > end.len() as u64 {
            end = match self.part(object, ByteRange::Last(length), length).await? {
                Ok(bytes) => bytes,
                Err(unread) => return Ok(Err(unread)),
            };
        }
        let from = end.len().saturating_sub(usize::try_from(length).unwrap_or(usize::MAX));
        let blocks = match parse_footer(Uuid::from_bytes(object.id), &end[from..]) {
            Ok(blocks) => Arc::new(blocks),
            Err(e) => return damaged(e.to_string()),
        };
        if self.directories.len() >= DIRECTORIES_MAX {
            self.directories.clear();
        }
        self.directories.insert(object, Arc::clone(&blocks));
        Ok(Ok(blocks))
    }

    /// Blocks of one segment, by position.
    async fn read_blocks(
        &self,
        object: ObjectRef,
        blocks: &[Block],
    ) -> Result<Result<Vec<Bytes>, Unread>, StoreError> {
        let mut all = Vec::with_capacity(blocks.len());
        for near in blocks.chunk_by(|a, b| b.position <= a.position + a.length + GAP_MAX) {
            let range = span(near);
            let size = range.end - range.start;
            let bytes = match self.part(object, ByteRange::Between(range.clone()), size).await? {
                Ok(bytes) => bytes,
                Err(unread) => return Ok(Err(unread)),
            };
            for block in near {
                let Some(chunk) = inside(&bytes, block, range.start) else {
                    let text = format!("the checksum at byte {} does not match", block.position);
                    return Ok(Err(Unread::Damaged(object, text)));
                };
                all.push(chunk);
            }
        }
        Ok(Ok(all))
    }

    async fn part(
        &self,
        object: ObjectRef,
        range: ByteRange,
        size: u64,
    ) -> Result<Result<Bytes, Unread>, StoreError> {
        self.budget.take(size).await;
        match self.store.get_range(object.key().to_string(), range).await {
            Ok(part) => Ok(Ok(part.bytes)),
            Err(StoreError::NotFound(_)) => Ok(Err(Unread::Gone(object))),
            Err(StoreError::Range(_)) => {
                Ok(Err(Unread::Damaged(object, "it is too short".to_owned())))
            }
            Err(e) => Err(e),
        }
    }
}

/// From the first byte of the first block to the last one of the last.
fn span(blocks: &[Block]) -> Range<u64> {
    let from = blocks.first().map_or(0, |b| b.position);
    from..blocks.last().map_or(from, |b| b.position + b.length)
}

/// The bytes of a block in what was read from `start` on, when they are right.
fn inside(bytes: &Bytes, block: &Block, start: u64) -> Option<Bytes> {
    let from = usize::try_from(block.position.checked_sub(start)?).ok()?;
    let to = from.checked_add(usize::try_from(block.length).ok()?)?;
    let chunk = (to <= bytes.len()).then(|| bytes.slice(from..to))?;
    (crc32c(&chunk) == block.crc).then_some(chunk)
}
