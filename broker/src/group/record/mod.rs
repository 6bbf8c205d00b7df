//! Kafka's own encodings of the records in `__consumer_offsets`.
//!
//! Written are `OffsetCommitKey` 1, `OffsetCommitValue` 4 (its tagged `topicId` holds the topic),
//! `GroupMetadataKey` 2 and `GroupMetadataValue` 3, as Kafka 4.2 knows them. Frozen: golden tests
//! compare with bytes that Kafka itself wrote.

mod group_value;
mod key;
mod offset_value;
mod reader;
mod writer;

pub(super) use group_value::{GroupValue, MemberValue};
pub(super) use key::RecordKey;
pub(super) use offset_value::OffsetValue;
pub use reader::RecordError;
