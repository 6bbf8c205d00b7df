//! Offsets by timestamp: the directory narrows it to a chunk, headers to a batch, records to a record.

use bytes::Bytes;
use protocol::batch::BatchHeader;
use protocol::records::first_at_or_after;
use storage::file_index::ChunkAt;
use storage::object_ref::ObjectRef;

use super::Cell;
use crate::partition::{Partition, ReadError};

impl Cell {
    /// The first record whose timestamp is at least `wanted`, or the one with the largest timestamp:
    /// (timestamp, offset). In a compressed batch it is the first record of the batch: nothing is
    /// decompressed on behalf of a client.
    pub(crate) async fn offset_at(
        &self,
        partition: &Partition,
        wanted: Option<i64>,
    ) -> Result<Option<(i64, i64)>, ReadError> {
        let (log_start, _) = partition.bounds();
        let mut chunks = self.all_chunks(partition).await?;
        chunks.retain(|(_, c)| c.last >= log_start);
        let target = match wanted {
            Some(t) => t,
            None => match chunks.iter().map(|(_, c)| c.max_timestamp).max() {
                Some(max) => max,
                None => return Ok(None),
            },
        };
        for (object, chunk) in chunks.iter().filter(|(_, c)| c.max_timestamp >= target) {
            let read = self.read_chunks(partition, &[(*object, *chunk)]).await;
            for bytes in &read.map_err(|_| ReadError::Storage)? {
                if let Some(found) = in_chunk(bytes, target, log_start)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    /// The directory of a whole partition, by offset.
    async fn all_chunks(
        &self,
        partition: &Partition,
    ) -> Result<Vec<(ObjectRef, ChunkAt)>, ReadError> {
        let (extents, active) = {
            let s = partition.state.lock();
            (s.extents.clone(), s.active.clone())
        };
        let mut all = Vec::new();
        for extent in extents {
            let chunks = self.chunks_of(&extent.file, partition).await;
            let chunks = chunks.map_err(|_| ReadError::Storage)?;
            all.extend(chunks.into_iter().map(|c| (extent.file, c)));
        }
        all.extend(active.into_iter().map(|c| (c.object, c.at)));
        Ok(all)
    }
}

fn in_chunk(bytes: &Bytes, target: i64, log_start: i64) -> Result<Option<(i64, i64)>, ReadError> {
    let mut at = 0;
    while at < bytes.len() {
        let h = BatchHeader::parse(&bytes[at..]).map_err(|_| ReadError::Storage)?;
        if h.max_timestamp >= target && h.last_offset() >= log_start {
            let found = first_at_or_after(&bytes[at..at + h.total_len], &h, target);
            return Ok(Some(found));
        }
        at += h.total_len;
    }
    Ok(None)
}
