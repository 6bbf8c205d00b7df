//! Segments: the records of many partitions that were compacted out of WAL slots, in one object.
//!
//! ```text
//! header 64 bytes | blocks, sorted by (placement group, partition, offset) | footer
//! ```
//! A block is a run of whole batches of one partition. The footer has an entry for each: it is the
//! directory of partitions and their sparse index at once, so a reader needs the end of the object and
//! then the blocks that it wants.

mod build;
mod format;

pub use build::{BLOCK_BYTES, EncodedSegment, SegmentBuilder};
pub use format::{
    Block, SEGMENT_HEADER_SIZE, SegmentError, footer_len, parse_footer, segment_creator, segment_id,
};
