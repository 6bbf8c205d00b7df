//! Reads records from an object store through a cache of aligned blocks.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, try_join_all};
use parking_lot::Mutex;
use tokio::sync::{OnceCell, Semaphore};
use uuid::Uuid;

use crate::file_index::FileIndex;
use crate::object_ref::{ObjectKind, ObjectRef};
use crate::segment::{footer_len, parse_footer};
use crate::store::{ByteRange, ObjectStore, StoreError};
use crate::wal::LogRead;

/// Objects are read in blocks of this size: a WAL slot is one, a segment a few.
const BLOCK: u64 = 4 << 20;
/// Requests at a time; lagging readers must not starve the writer of connections.
const READS_MAX: usize = 16;
/// Read first of a segment's end: the footer, unless it is very long.
const FOOTER_READ: u64 = 64 << 10;

type Key = (ObjectRef, u64);

/// Reads WAL slots and segments. Blocks that are asked for at the same time are read once.
#[derive(Debug)]
pub struct ObjectReader {
    store: Arc<dyn ObjectStore>,
    limit: usize,
    reads: Semaphore,
    blocks: Mutex<Blocks>,
}

/// Blocks that are there or on their way, oldest first.
#[derive(Debug, Default)]
struct Blocks {
    by_key: HashMap<Key, Arc<OnceCell<Bytes>>>,
    order: VecDeque<Key>,
    bytes: usize,
}

impl ObjectReader {
    /// A reader that keeps about `cache_bytes` of blocks.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, cache_bytes: usize) -> Self {
        let blocks = Mutex::new(Blocks::default());
        Self { store, limit: cache_bytes, reads: Semaphore::new(READS_MAX), blocks }
    }

    async fn block(&self, key: Key) -> io::Result<Bytes> {
        let cell = Arc::clone(self.blocks.lock().by_key.entry(key).or_default());
        let mut fresh = false;
        let bytes = cell
            .get_or_try_init(|| async {
                let _permit = self.reads.acquire().await.map_err(io::Error::other)?;
                let from = key.1 * BLOCK;
                fresh = true;
                self.get(key.0, ByteRange::Between(from..from + BLOCK)).await
            })
            .await;
        match bytes {
            Ok(bytes) if fresh => {
                self.keep(key, bytes.len());
                Ok(bytes.clone())
            }
            Ok(bytes) => Ok(bytes.clone()),
            Err(e) => {
                // Nobody keeps a block that was never read.
                let mut blocks = self.blocks.lock();
                if blocks.by_key.get(&key).is_some_and(|c| c.get().is_none()) {
                    blocks.by_key.remove(&key);
                }
                Err(e)
            }
        }
    }

    /// Counts a block that was read, and lets the oldest go.
    fn keep(&self, key: Key, bytes: usize) {
        let mut blocks = self.blocks.lock();
        blocks.order.push_back(key);
        blocks.bytes += bytes;
        while blocks.bytes > self.limit && blocks.order.len() > 1 {
            let Some(oldest) = blocks.order.pop_front() else { break };
            if let Some(gone) = blocks.by_key.remove(&oldest) {
                blocks.bytes -= gone.get().map_or(0, Bytes::len);
            }
        }
    }

    async fn get(&self, object: ObjectRef, range: ByteRange) -> io::Result<Bytes> {
        let part = self.store.get_range(object.key().to_string(), range).await;
        part.map(|p| p.bytes).map_err(|e| match e {
            StoreError::NotFound(_) => io::Error::new(io::ErrorKind::NotFound, e),
            StoreError::Range(_) => io::Error::new(io::ErrorKind::UnexpectedEof, e),
            other => io::Error::other(other),
        })
    }

    async fn range(&self, object: ObjectRef, range: Range<u64>) -> io::Result<Bytes> {
        let (first, last) = (range.start / BLOCK, range.end.saturating_sub(1) / BLOCK);
        let blocks = try_join_all((first..=last).map(|n| self.block((object, n)))).await?;
        let mut parts = (first..).zip(&blocks).map(|(n, block)| {
            let at = |position: u64| {
                let inside = position.saturating_sub(n * BLOCK).min(BLOCK);
                usize::try_from(inside).unwrap_or(usize::MAX)
            };
            let (from, to) = (at(range.start), at(range.end));
            (to <= block.len() && from <= to).then(|| block.slice(from..to))
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

    async fn read_directory(&self, object: ObjectRef) -> io::Result<FileIndex> {
        if object.kind != ObjectKind::Segment {
            return Err(io::Error::other(
                "a WAL slot is found through its footer, not a directory",
            ));
        }
        let bad = |e| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {e}", object.key()));
        let mut end = self.get(object, ByteRange::Last(FOOTER_READ)).await?;
        let length = footer_len(&end).map_err(bad)?;
        if length > end.len() as u64 {
            end = self.get(object, ByteRange::Last(length)).await?;
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
