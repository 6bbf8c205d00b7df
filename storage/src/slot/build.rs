//! Turns appended batches into the bytes of a slot, without copying them.

use bytes::Bytes;

use super::footer::{BatchSummary, Chunk, ProducerSummary, SlotFooter};
use super::header::{HEADER_SIZE, SlotFlags, SlotHeader};
use crate::at_rest::{ChunkName, DataKey};
use crate::crc::seeded_crc64;
use crate::ids::WalIdentity;
use crate::payload::Payload;

const BATCHES_KEPT: usize = 5;

/// A slot ready to be written.
#[derive(Debug, Clone)]
pub struct EncodedSlot {
    /// Its header, decoded.
    pub header: SlotHeader,
    /// Its header, as stored.
    pub header_bytes: Bytes,
    /// The batches, in place.
    pub body: Vec<Bytes>,
    /// Its footer, as stored.
    pub footer_bytes: Bytes,
    /// Its footer, decoded.
    pub footer: SlotFooter,
}

/// Collects chunks in the order in which they will lie in the body.
#[derive(Debug, Default)]
pub struct SlotBuilder {
    body: Vec<Bytes>,
    body_len: u64,
    /// Parts before the open chunk.
    chunk_from: usize,
    footer: SlotFooter,
}

impl SlotBuilder {
    /// Opens a chunk; its batches follow. Position and length are filled in as they come.
    pub fn begin_chunk(&mut self, mut chunk: Chunk) {
        chunk.position = self.body_len;
        chunk.length = 0;
        self.chunk_from = self.body.len();
        self.footer.chunks.push(chunk);
    }

    /// Seals the batches of the open chunk; it takes no more.
    ///
    /// # Panics
    /// When no chunk is open.
    pub fn seal_chunk(&mut self, key: &DataKey) {
        let chunk = self.footer.chunks.last_mut().expect("a chunk is open");
        let name = ChunkName {
            partition: chunk.partition,
            first: chunk.first_offset,
            last: chunk.last_offset,
        };
        let sealed = key.seal(&name, &self.body[self.chunk_from..]);
        self.body.truncate(self.chunk_from);
        chunk.encryption_key = key.id();
        chunk.length = sealed.len() as u64;
        self.body_len = chunk.position + chunk.length;
        self.body.push(sealed);
    }

    /// Adds one batch to the open chunk.
    ///
    /// # Panics
    /// When no chunk is open, or offsets do not follow each other: both would corrupt the log.
    pub fn push_batch(&mut self, bytes: Bytes, first: i64, last: i64, max_timestamp: i64) {
        let chunk = self.footer.chunks.last_mut().expect("a chunk is open");
        if chunk.length > 0 {
            assert_eq!(first, chunk.last_offset + 1, "offsets of a chunk are dense");
        } else {
            chunk.first_offset = first;
            chunk.max_timestamp = max_timestamp;
        }
        chunk.last_offset = last;
        chunk.max_timestamp = chunk.max_timestamp.max(max_timestamp);
        chunk.length += bytes.len() as u64;
        self.body_len += bytes.len() as u64;
        self.body.push(bytes);
    }

    /// Notes the producer of a batch in the open chunk.
    pub fn push_producer(&mut self, producer_id: i64, producer_epoch: i16, batch: BatchSummary) {
        let chunk = u32::try_from(self.footer.chunks.len() - 1).expect("a slot has few chunks");
        let of_chunk = self.footer.producers.iter_mut().rev().take_while(|p| p.chunk == chunk);
        let mut matching = of_chunk.filter(|p| p.producer_id == producer_id);
        match matching.next() {
            Some(p) if p.producer_epoch == producer_epoch => {
                if p.batches.len() == BATCHES_KEPT {
                    p.batches.remove(0);
                }
                p.batches.push(batch);
            }
            Some(_) | None => self.footer.producers.push(ProducerSummary {
                chunk,
                producer_id,
                producer_epoch,
                batches: vec![batch],
            }),
        }
    }

    /// The content of a slot that is written again under another place.
    #[must_use]
    pub fn again(footer: SlotFooter, body: Bytes) -> Self {
        let body_len = body.len() as u64;
        Self { body: vec![body], body_len, chunk_from: 1, footer }
    }

    /// Adds body bytes that belong to no chunk, as metadata entries do.
    pub fn push_raw(&mut self, bytes: Bytes) {
        self.body_len += bytes.len() as u64;
        self.body.push(bytes);
    }

    /// Adds the directory of the file that this slot closes.
    pub fn set_rollup(&mut self, chunks: Vec<Chunk>) {
        self.footer.rollup = chunks;
    }

    /// Seals the bytes under a place in the WAL.
    #[must_use]
    pub fn finish(
        self,
        wal: WalIdentity,
        slot: u64,
        flags: SlotFlags,
        frontier: u64,
        appended_at_ms: i64,
    ) -> EncodedSlot {
        let footer_bytes = self.footer.to_bytes(&wal, slot);
        let parts = self.body.iter().map(|b| &b[..]).chain(std::iter::once(&footer_bytes[..]));
        let header = SlotHeader {
            wal,
            slot,
            flags,
            frontier,
            appended_at_ms,
            body_len: self.body_len,
            footer_len: u32::try_from(footer_bytes.len()).expect("a footer is bounded"),
            content_crc: seeded_crc64(&wal, slot, parts),
        };
        let header_bytes = Bytes::copy_from_slice(&header.to_bytes());
        EncodedSlot { header, header_bytes, body: self.body, footer_bytes, footer: self.footer }
    }
}

impl EncodedSlot {
    /// Bytes of the whole slot.
    #[must_use]
    pub fn total_len(&self) -> u64 {
        self.header.total_len()
    }

    /// First byte of the body, from the start of the slot.
    #[must_use]
    pub fn body_offset(&self) -> u64 {
        HEADER_SIZE as u64
    }

    /// The bytes as one object.
    #[must_use]
    pub fn payload(&self) -> Payload {
        self.parts().cloned().collect()
    }

    /// All parts in the order in which they are written.
    pub fn parts(&self) -> impl Iterator<Item = &Bytes> {
        let tail = std::iter::once(&self.footer_bytes);
        std::iter::once(&self.header_bytes).chain(self.body.iter()).chain(tail)
    }
}
