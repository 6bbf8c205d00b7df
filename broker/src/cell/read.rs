//! Reads from files: directories of closed files are cached, chunks are read in one blocking call.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use storage::file_index::{ChunkAt, FileIndex};
use storage::object_ref::ObjectRef;
use storage::wal::WalRead;
use uuid::Uuid;

use super::Cell;
use crate::partition::{Partition, ReadError, ReadPlan, Source, cut_batches, plan};

/// Bytes of directories that are kept.
const INDEX_BYTES_MAX: usize = 16 << 20;

/// Directories of closed files, least recently added first.
#[derive(Debug, Default)]
pub(super) struct IndexCache(Mutex<Indexes>);

#[derive(Debug, Default)]
struct Indexes {
    by_file: HashMap<ObjectRef, Arc<FileIndex>>,
    order: VecDeque<ObjectRef>,
    bytes: usize,
}

impl IndexCache {
    fn load(
        &self,
        reader: &dyn WalRead,
        cell: Uuid,
        file: &ObjectRef,
    ) -> std::io::Result<Arc<FileIndex>> {
        if let Some(index) = self.0.lock().by_file.get(file) {
            return Ok(Arc::clone(index));
        }
        let slot = reader.last_slot(cell, file)?;
        let index = Arc::new(FileIndex::from_rollup(&slot.footer.rollup));
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
        self: &Arc<Self>,
        partition: &Arc<Partition>,
        offset: i64,
        max_bytes: usize,
    ) -> Result<ReadBatches, ReadError> {
        let source = partition.state.lock().locate(offset, max_bytes)?;
        match source {
            Source::Empty => Ok(ReadBatches::default()),
            Source::Cached(batches) => {
                let bytes = batches.iter().map(Bytes::len).sum();
                Ok(ReadBatches { batches, bytes })
            }
            Source::Active(_) | Source::Closed(_) => {
                let (cell, partition) = (Arc::clone(self), Arc::clone(partition));
                let read = move || cell.read_files(&partition, offset, max_bytes);
                tokio::task::spawn_blocking(read).await.map_err(|_| ReadError::Storage)?
            }
        }
    }

    /// As [`Cell::read`], on a thread that may block.
    pub(crate) fn read_files(
        &self,
        partition: &Partition,
        offset: i64,
        max_bytes: usize,
    ) -> Result<ReadBatches, ReadError> {
        let mut tries = 0;
        loop {
            // A file can be closed or deleted between looking and reading: look again.
            let source = partition.state.lock().locate(offset, max_bytes)?;
            let plan = match source {
                Source::Empty => return Ok(ReadBatches::default()),
                Source::Cached(batches) => {
                    let bytes = batches.iter().map(Bytes::len).sum();
                    return Ok(ReadBatches { batches, bytes });
                }
                Source::Active(plan) => Ok(plan),
                Source::Closed(extent) => {
                    let chunks = self.chunks_of(&extent.file, partition);
                    chunks.map(|chunks| plan(extent.file, &chunks, offset, max_bytes))
                }
            };
            match plan.and_then(|plan| self.read_plan(&plan, offset, max_bytes)) {
                Ok(read) => return Ok(read),
                Err(e) if tries < 2 => {
                    tracing::debug!(error = %e, "read again: the file was closed or deleted");
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

    /// Chunks of a partition in a closed file.
    pub(super) fn chunks_of(
        &self,
        file: &ObjectRef,
        partition: &Partition,
    ) -> std::io::Result<Vec<ChunkAt>> {
        let index = self.indexes.load(&*self.reader, self.marker.cell, file)?;
        Ok(index.chunks(&partition.id).to_vec())
    }

    fn read_plan(
        &self,
        plan: &ReadPlan,
        offset: i64,
        max_bytes: usize,
    ) -> std::io::Result<ReadBatches> {
        let mut read = ReadBatches::default();
        for chunk in &plan.chunks {
            let bytes = self.reader.read(&plan.file, chunk.position, chunk.length)?;
            let more = cut_batches(&bytes, offset, max_bytes, &mut read.bytes, &mut read.batches)
                .map_err(std::io::Error::other)?;
            if !more || read.bytes >= max_bytes {
                break;
            }
        }
        Ok(read)
    }

    /// The batches of a partition by offset, for walks over a whole log. Blocks.
    pub(crate) fn read_all(
        &self,
        partition: &Partition,
        mut visit: impl FnMut(&Bytes),
    ) -> Result<(), ReadError> {
        let (mut offset, end) = partition.bounds();
        while offset < end {
            let from = offset;
            let read = self.read_files(partition, offset, 1 << 20)?;
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
