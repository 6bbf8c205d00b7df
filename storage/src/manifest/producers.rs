use prost::Message;

use super::model::{ManifestError, partition_id};
use crate::ids::PartitionId;

/// The producers of one partition.
#[derive(Clone, PartialEq, Message)]
pub struct PartitionProducers {
    /// Tenant id, 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub tenant: Vec<u8>,
    /// Topic id, 16 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub topic: Vec<u8>,
    /// Number in the topic.
    #[prost(uint32, tag = "3")]
    pub index: u32,
    /// The producers.
    #[prost(message, repeated, tag = "4")]
    pub producers: Vec<ProducerEntry>,
}

/// One producer.
#[derive(Clone, PartialEq, Message)]
pub struct ProducerEntry {
    /// Producer id.
    #[prost(int64, tag = "1")]
    pub id: i64,
    /// Producer epoch.
    #[prost(int32, tag = "2")]
    pub epoch: i32,
    /// Last batches, oldest first, at most five.
    #[prost(message, repeated, tag = "3")]
    pub batches: Vec<ProducerBatch>,
    /// Running time since it was last seen, milliseconds.
    #[prost(uint64, tag = "4")]
    pub idle_ms: u64,
}

/// One batch of a producer.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct ProducerBatch {
    /// Sequence of the first record.
    #[prost(sint32, tag = "1")]
    pub first_sequence: i32,
    /// Sequence of the last record.
    #[prost(sint32, tag = "2")]
    pub last_sequence: i32,
    /// Offset of the first record.
    #[prost(int64, tag = "3")]
    pub base_offset: i64,
    /// Largest timestamp.
    #[prost(int64, tag = "4")]
    pub timestamp: i64,
}

impl PartitionProducers {
    /// Whose producers they are.
    ///
    /// # Errors
    /// When an id has another length.
    pub fn id(&self) -> Result<PartitionId, ManifestError> {
        partition_id(&self.tenant, &self.topic, self.index)
    }
}
