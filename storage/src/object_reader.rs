//! Reads records from an object store through a cache of aligned blocks.
//!
//! Whoever reads here lags: new records are served from memory. Slots of the log are read by those who
//! lag by seconds, segments by those who lag by hours. Each kind has requests of its own, so that the
//! one does not wait for the other, and the writer for neither.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, try_join_all};
use parking_lot::Mutex;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::block_cache::BlockCache;
use crate::file_index::FileIndex;
use crate::object_ref::{ObjectKind, ObjectRef};
use crate::segment::{footer_len, parse_footer};
use crate::store::{ByteRange, ObjectStore, Part, StoreError};
use crate::wal::LogRead;

/// Objects are read in blocks of this size: a WAL slot is one, a segment a few.
const BLOCK: u64 = 4 << 20;
/// Requests for slots at a time.
const SLOT_READS_MAX: usize = 16;
/// Requests for segments at a time.
const SEGMENT_READS_MAX: usize = 8;
/// Blocks that are read ahead of whoever reads one segment from block to block.
const AHEAD: u64 = 2;
/// Requests for segments that are left to those who wait.
const SPARE: usize = 4;
/// Segments whose readers are remembered.
const WALKS_MAX: usize = 1024;
/// Read first of a segment's end: the footer, unless it is very long.
const FOOTER_READ: u64 = 64 << 10;

type Key = (ObjectRef, u64);
type Flight = Arc<OnceCell<Part>>;

/// Reads WAL slots and segments. Blocks that are asked for at the same time are read once.
#[derive(Debug)]
pub struct ObjectReader {
    blocks: Arc<BlockReader>,
    /// Blocks that nobody waits for yet; they end with the reader.
    ahead: Mutex<JoinSet<()>>,
    /// The last block that was read of each segment.
    walks: Mutex<HashMap<ObjectRef, u64>>,
}

#[derive(Debug)]
struct BlockReader {
    store: Arc<dyn ObjectStore>,
    slot_reads: Semaphore,
    segment_reads: Semaphore,
    known: Mutex<Known>,
}

/// Blocks that are there, and those that are on their way.
#[derive(Debug)]
struct Known {
    cache: BlockCache<Key, Part>,
    flights: HashMap<Key, Flight>,
}

/// A part in a flight. Whoever leaves it cleans up, also when nobody waits any more.
struct Seat<'a> {
    known: &'a Mutex<Known>,
    key: Key,
    flight: Flight,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut known = self.known.lock();
        if !known.flights.get(&self.key).is_some_and(|f| Arc::ptr_eq(f, &self.flight)) {
            return;
        }
        if let Some(part) = self.flight.get() {
            known.flights.remove(&self.key);
            known.cache.insert(self.key, part.clone(), part.bytes.len());
        } else if Arc::strong_count(&self.flight) == 2 {
            // This one and the map.
            known.flights.remove(&self.key);
        }
    }
}

impl BlockReader {
    async fn block(&self, key: Key) -> io::Result<Part> {
        let flight = {
            let mut known = self.known.lock();
            if let Some(part) = known.cache.get(&key) {
                return Ok(part);
            }
            Arc::clone(known.flights.entry(key).or_default())
        };
        let seat = Seat { known: &self.known, key, flight };
        let from = key.1 * BLOCK;
        let range = ByteRange::Between(from..from + BLOCK);
        seat.flight.get_or_try_init(|| self.get(key.0, range)).await.cloned()
    }

    fn reads(&self, object: &ObjectRef) -> &Semaphore {
        match object.kind {
            ObjectKind::Wal => &self.slot_reads,
            ObjectKind::Segment => &self.segment_reads,
        }
    }

    async fn get(&self, object: ObjectRef, range: ByteRange) -> io::Result<Part> {
        let _permit = self.reads(&object).acquire().await.map_err(io::Error::other)?;
        let part = self.store.get_range(object.key().to_string(), range).await;
        part.map_err(|e| match e {
            StoreError::NotFound(_) => io::Error::new(io::ErrorKind::NotFound, e),
            StoreError::Range(_) => io::Error::new(io::ErrorKind::UnexpectedEof, e),
            other => io::Error::other(other),
        })
    }

    /// Whether reading a block ahead makes nobody wait.
    fn may_read_ahead(&self, key: &Key) -> bool {
        let known = self.known.lock();
        self.reads(&key.0).available_permits() > SPARE
            && !known.cache.contains(key)
            && !known.flights.contains_key(key)
    }
}

impl ObjectReader {
    /// A reader that keeps about `cache_bytes` of blocks.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, cache_bytes: usize) -> Self {
        let known = Known { cache: BlockCache::new(cache_bytes), flights: HashMap::new() };
        let blocks = BlockReader {
            store,
            slot_reads: Semaphore::new(SLOT_READS_MAX),
            segment_reads: Semaphore::new(SEGMENT_READS_MAX),
            known: Mutex::new(known),
        };
        Self { blocks: Arc::new(blocks), ahead: Mutex::default(), walks: Mutex::default() }
    }

    async fn range(&self, object: ObjectRef, range: Range<u64>) -> io::Result<Bytes> {
        let (first, last) = (range.start / BLOCK, range.end.saturating_sub(1) / BLOCK);
        let blocks = try_join_all((first..=last).map(|n| self.blocks.block((object, n)))).await?;
        if let Some(size) = blocks.first().map(|part| part.size) {
            self.read_ahead(object, first..=last, size);
        }
        let mut parts = (first..).zip(&blocks).map(|(n, block)| {
            let at = |position: u64| {
                let inside = position.saturating_sub(n * BLOCK).min(BLOCK);
                usize::try_from(inside).unwrap_or(usize::MAX)
            };
            let (from, to) = (at(range.start), at(range.end));
            (to <= block.bytes.len() && from <= to).then(|| block.bytes.slice(from..to))
        });
        let short = || io::Error::new(io::ErrorKind::UnexpectedEof, "the object is too short");
        if first == last {
            return parts.next().flatten().ok_or_else(short);
        }
        let mut all = BytesMut::new();
        for part in parts {
            all.extend_from_slice(&part.ok_or_else(short)?);
        }
        Ok(all.freeze())
    }

    /// Sends for the next blocks when somebody goes from block to block.
    fn read_ahead(&self, object: ObjectRef, read: std::ops::RangeInclusive<u64>, size: u64) {
        if object.kind != ObjectKind::Segment {
            return;
        }
        let (first, last) = read.into_inner();
        let before = {
            let mut walks = self.walks.lock();
            // A walk that is forgotten costs its reader one block without another ahead.
            if walks.len() >= WALKS_MAX {
                walks.clear();
            }
            walks.insert(object, last)
        };
        let goes_on = before.is_some_and(|before| before < last && first <= before + 1);
        if !goes_on {
            return;
        }
        let mut ahead = self.ahead.lock();
        while ahead.try_join_next().is_some() {}
        for n in (last + 1..=last + AHEAD).take_while(|n| n * BLOCK < size) {
            if self.blocks.may_read_ahead(&(object, n)) {
                let blocks = Arc::clone(&self.blocks);
                ahead.spawn(async move {
                    // Whoever needs the block asks again, and hears why not.
                    let _ = blocks.block((object, n)).await;
                });
            }
        }
    }

    async fn read_directory(&self, object: ObjectRef) -> io::Result<FileIndex> {
        if object.kind != ObjectKind::Segment {
            return Err(io::Error::other(
                "a WAL slot is found through its footer, not a directory",
            ));
        }
        let bad = |e| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {e}", object.key()));
        let mut end = self.blocks.get(object, ByteRange::Last(FOOTER_READ)).await?.bytes;
        let length = footer_len(&end).map_err(bad)?;
        if length > end.len() as u64 {
            end = self.blocks.get(object, ByteRange::Last(length)).await?.bytes;
        }
        let from = end.len().saturating_sub(usize::try_from(length).unwrap_or(usize::MAX));
        let blocks = parse_footer(Uuid::from_bytes(object.id), &end[from..]).map_err(bad)?;
        Ok(FileIndex::from_blocks(&blocks))
    }
}

impl LogRead for ObjectReader {
    fn read(
        &self,
        object: ObjectRef,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, io::Result<Vec<Bytes>>> {
        try_join_all(ranges.into_iter().map(move |range| self.range(object, range))).boxed()
    }

    fn directory(&self, _: Uuid, object: ObjectRef) -> BoxFuture<'_, io::Result<FileIndex>> {
        self.read_directory(object).boxed()
    }
}
