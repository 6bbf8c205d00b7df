//! Reads of what is not in memory: directories are cached, chunks of one object are read together.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use parking_lot::Mutex;
use storage::at_rest::ChunkName;
use storage::file_index::{ChunkAt, FileIndex, chunk_at};
use storage::object_ref::ObjectRef;
use storage::wal::LogRead;
use uuid::Uuid;

use super::Cell;
use crate::partition::{Partition, ReadError, ReadPlan, Source, cut_batches, plan};

/// Bytes of directories that are kept.
const INDEX_BYTES_MAX: usize = 16 << 20;

/// Objects that one fetch reads at a time.
const READS: usize = 16;

/// Directories of closed files and segments, least recently added first.
#[derive(Debug, Default)]
pub(super) struct IndexCache(Mutex<Indexes>);

#[derive(Debug, Default)]
struct Indexes {
    by_file: HashMap<ObjectRef, Arc<FileIndex>>,
    order: VecDeque<ObjectRef>,
    bytes: usize,
}

impl IndexCache {
    async fn load(
        &self,
        reader: &dyn LogRead,
        cell: Uuid,
        file: &ObjectRef,
    ) -> io::Result<Arc<FileIndex>> {
        if let Some(index) = self.0.lock().by_file.get(file) {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(reader.directory(cell, *file).await?);
        let mut all = self.0.lock();
        if all.by_file.insert(*file, Arc::clone(&index)).is_none() {
            all.bytes += index.weight();
            all.order.push_back(*file);
        }
        while all.bytes > INDEX_BYTES_MAX && all.order.len() > 1 {
            if let Some(old) = all.order.pop_front().and_then(|f| all.by_file.remove(&f)) {
                all.bytes -= old.weight();
            }
        }
        Ok(index)
    }
}

/// Batches that were read, and where the log stood.
#[derive(Debug, Default)]
pub(crate) struct ReadBatches {
    pub(crate) batches: Vec<Bytes>,
    pub(crate) bytes: usize,
}

impl Cell {
    /// Reads whole batches from `offset` on, about `max_bytes`, at least one if any is durable.
    pub(crate) async fn read(
        &self,
        partition: &Partition,
        offset: i64,
        max_bytes: usize,
    ) -> Result<ReadBatches, ReadError> {
        let mut tries = 0;
        loop {
            // An object can be closed or deleted between looking and reading: look again.
            let source = {
                let s = partition.state.lock();
                // Under the lock: an offset must not seem out of range because all was forgotten.
                if !partition.pg.leads() {
                    return Err(ReadError::NotLeader);
                }
                s.locate(offset, max_bytes)?
            };
            let plan = match source {
                Source::Empty => return Ok(ReadBatches::default()),
                Source::Cached(batches) => {
                    let bytes = batches.iter().map(Bytes::len).sum();
                    return Ok(ReadBatches { batches, bytes });
                }
                Source::Active(plan) => Ok(plan),
                Source::Closed(extent) => {
                    let chunks = self.chunks_of(&extent.file, partition).await;
                    chunks.map(|chunks| {
                        let from = chunks[chunk_at(&chunks, offset)..].iter();
                        plan(from.map(|c| (extent.file, *c)), max_bytes)
                    })
                }
            };
            let read = match plan {
                Ok(plan) => self.read_plan(partition, &plan, offset, max_bytes).await,
                Err(e) => Err(e),
            };
            match read {
                Ok(read) => return Ok(read),
                Err(e) if tries < 2 => {
                    tracing::debug!(error = %e, "read again: the object was closed or deleted");
                    tries += 1;
                }
                Err(e) => {
                    tracing::error!(error = %e, topic = %partition.id.topic, partition = partition.id.index,
                        "stored records cannot be read");
                    return Err(ReadError::Storage);
                }
            }
        }
    }

    /// Chunks of a partition in a closed file or a segment.
    pub(super) async fn chunks_of(
        &self,
        file: &ObjectRef,
        partition: &Partition,
    ) -> io::Result<Vec<ChunkAt>> {
        let index = self.indexes.load(&*self.reader, self.marker.cell, file).await?;
        Ok(index.chunks(&partition.id).to_vec())
    }

    /// Reads the batches of chunks, those of one object together, and several objects at a time: a plan
    /// over many small slots would else take a round trip for each.
    pub(super) async fn read_chunks(
        &self,
        partition: &Partition,
        chunks: &[(ObjectRef, ChunkAt)],
    ) -> io::Result<Vec<Bytes>> {
        let runs = chunks.chunk_by(|a, b| a.0 == b.0).map(|run| {
            let of_one = run.iter().map(|(_, c)| c.position..c.position + c.length).collect();
            self.reader.read(run[0].0, of_one)
        });
        let runs: Vec<_> = runs.collect();
        let found: Vec<Vec<Bytes>> = stream::iter(runs).buffered(READS).try_collect().await?;
        let mut read = Vec::with_capacity(chunks.len());
        for ((_, chunk), stored) in chunks.iter().zip(found.into_iter().flatten()) {
            read.push(self.opened(partition, chunk, stored).await?);
        }
        Ok(read)
    }

    /// The batches of a chunk as it is stored.
    pub(super) async fn opened(
        &self,
        partition: &Partition,
        chunk: &ChunkAt,
        stored: Bytes,
    ) -> io::Result<Bytes> {
        if chunk.encryption_key == 0 {
            return Ok(stored);
        }
        let key = self.wal.keys.find(partition.id.tenant, chunk.encryption_key).await;
        let key = key.map_err(io::Error::other)?;
        key.open(&ChunkName::of(partition.id, chunk), &stored).map_err(io::Error::other)
    }

    async fn read_plan(
        &self,
        partition: &Partition,
        plan: &ReadPlan,
        offset: i64,
        max_bytes: usize,
    ) -> io::Result<ReadBatches> {
        let mut read = ReadBatches::default();
        for bytes in self.read_chunks(partition, plan).await? {
            let more = cut_batches(&bytes, offset, max_bytes, &mut read.bytes, &mut read.batches)
                .map_err(io::Error::other)?;
            if !more || read.bytes >= max_bytes {
                break;
            }
        }
        Ok(read)
    }

    /// The batches of a partition by offset, for walks over a whole log.
    pub(crate) async fn read_all(
        &self,
        partition: &Partition,
        mut visit: impl FnMut(&Bytes) + Send,
    ) -> Result<(), ReadError> {
        let (mut offset, end) = partition.bounds();
        while offset < end {
            let from = offset;
            let read = self.read(partition, offset, 1 << 20).await?;
            for bytes in &read.batches {
                visit(bytes);
                let mut at = 0;
                while at < bytes.len() {
                    let h = protocol::batch::BatchHeader::parse(&bytes[at..])
                        .map_err(|_| ReadError::Storage)?;
                    offset = h.last_offset() + 1;
                    at += h.total_len;
                }
            }
            // Also where offsets inside a batch do not follow: better an error than a walk for ever.
            if offset <= from {
                return Err(ReadError::Storage);
            }
        }
        Ok(())
    }
}
