//! The slot: header of 128 bytes, body of chunks, footer of typed fields.

mod build;
mod footer;
mod header;
mod read;

pub use build::{EncodedSlot, SlotBuilder};
pub use footer::{
    BatchSummary, CHUNK_SIZE, Chunk, ChunkKind, FooterError, ProducerSummary, SlotFooter, TAIL_SIZE,
};
pub use header::{HEADER_SIZE, HeaderError, SlotFlags, SlotHeader};
pub use read::{ScannedSlot, SlotFault, read_footer, verify_body};
