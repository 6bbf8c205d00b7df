use common_types::TenantId;
use prost::Message;
use uuid::Uuid;

use super::producers::PartitionProducers;
use crate::ids::PartitionId;
use crate::levels::FormatLevels;
use crate::object_ref::ObjectRef;

/// `pg/{id}/manifest`. Tag 8 was a reference to producers in an object of their own and is not used again;
/// tag 9 is kept for pages of extents, tag 10 for dropped extents.
#[derive(Clone, PartialEq, Message)]
pub struct Manifest {
    /// Format level of the cell when this was written.
    #[prost(uint32, tag = "1")]
    pub format_level: u32,
    /// The placement group.
    #[prost(uint32, tag = "2")]
    pub pg: u32,
    /// Leader epoch of the group when this was written.
    #[prost(int32, tag = "3")]
    pub pg_epoch: i32,
    /// The incarnation that claimed the manifest.
    #[prost(uint64, tag = "4")]
    pub owner: u64,
    /// Grows with every write.
    #[prost(uint64, tag = "5")]
    pub version: u64,
    /// The partitions.
    #[prost(message, repeated, tag = "6")]
    pub partitions: Vec<PartitionManifest>,
    /// How far each WAL is covered by extents.
    #[prost(message, repeated, tag = "7")]
    pub covered: Vec<Covered>,
    /// The producers of the partitions, up to their next offsets; none for partitions without.
    #[prost(message, repeated, tag = "11")]
    pub producers: Vec<PartitionProducers>,
}

/// One partition.
#[derive(Clone, PartialEq, Message)]
pub struct PartitionManifest {
    /// Tenant id, 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub tenant: Vec<u8>,
    /// Topic id, 16 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub topic: Vec<u8>,
    /// Number in the topic.
    #[prost(uint32, tag = "3")]
    pub index: u32,
    /// First offset that may be read.
    #[prost(int64, tag = "4")]
    pub log_start: i64,
    /// Next offset; explicit, so that an emptied partition does not restart at 0.
    #[prost(int64, tag = "5")]
    pub next_offset: i64,
    /// Leader epochs and the offsets at which they began.
    #[prost(message, repeated, tag = "6")]
    pub epochs: Vec<EpochStart>,
    /// Where the data lies, by offset.
    #[prost(message, repeated, tag = "7")]
    pub extents: Vec<Extent>,
}

/// One leader epoch.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct EpochStart {
    /// The leader epoch.
    #[prost(int32, tag = "1")]
    pub epoch: i32,
    /// Its first offset.
    #[prost(int64, tag = "2")]
    pub start: i64,
}

/// A run of offsets in one object.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Extent {
    /// First offset.
    #[prost(int64, tag = "1")]
    pub first: i64,
    /// Last offset.
    #[prost(int64, tag = "2")]
    pub last: i64,
    /// An [`ObjectRef`].
    #[prost(bytes = "vec", tag = "3")]
    pub object: Vec<u8>,
    /// Largest timestamp.
    #[prost(int64, tag = "4")]
    pub max_timestamp: i64,
    /// Bytes of records.
    #[prost(uint64, tag = "5")]
    pub bytes: u64,
    /// Key that encrypts it; 0 is none.
    #[prost(uint64, tag = "6")]
    pub encryption_key: u64,
}

/// All data of this group in the WAL of `epoch` below `slot` is in extents.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Covered {
    /// The WAL.
    #[prost(uint64, tag = "1")]
    pub epoch: u64,
    /// First slot that is not covered.
    #[prost(uint64, tag = "2")]
    pub slot: u64,
}

/// Why bytes are no manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not protocol buffers, or fields that do not fit.
    #[error("manifest is malformed: {0}")]
    Malformed(String),
    /// Written by a newer format.
    #[error("manifest has format level {0}, which this version does not read")]
    TooNew(u32),
}

impl Manifest {
    /// Reads the stored form.
    ///
    /// # Errors
    /// When the bytes are damaged or of a newer format.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let m = Self::decode(bytes).map_err(|e| ManifestError::Malformed(e.to_string()))?;
        if m.format_level == 0 || m.format_level > u32::from(FormatLevels::own().write_max) {
            return Err(ManifestError::TooNew(m.format_level));
        }
        Ok(m)
    }

    /// How far the WAL of `epoch` is covered.
    #[must_use]
    pub fn covered_slot(&self, epoch: u64) -> u64 {
        self.covered.iter().find(|c| c.epoch == epoch).map_or(0, |c| c.slot)
    }
}

impl PartitionManifest {
    /// Whose partition it is.
    ///
    /// # Errors
    /// When an id has another length.
    pub fn id(&self) -> Result<PartitionId, ManifestError> {
        partition_id(&self.tenant, &self.topic, self.index)
    }
}

/// A partition by what is stored of its id.
pub(super) fn partition_id(
    tenant: &[u8],
    topic: &[u8],
    index: u32,
) -> Result<PartitionId, ManifestError> {
    let bad = |what: &str| ManifestError::Malformed(format!("{what} is not 16 bytes"));
    let tenant: [u8; 16] = tenant.try_into().map_err(|_| bad("tenant"))?;
    let topic: [u8; 16] = topic.try_into().map_err(|_| bad("topic"))?;
    let tenant =
        TenantId::from_bytes(tenant).map_err(|e| ManifestError::Malformed(e.to_string()))?;
    Ok(PartitionId { tenant, topic: Uuid::from_bytes(topic), index })
}

impl Extent {
    /// The object that holds the data.
    ///
    /// # Errors
    /// When the reference has another length or kind.
    pub fn object_ref(&self) -> Result<ObjectRef, ManifestError> {
        let bytes = self.object[..]
            .try_into()
            .map_err(|_| ManifestError::Malformed("object reference has another length".into()))?;
        ObjectRef::from_bytes(bytes).map_err(|e| ManifestError::Malformed(e.to_string()))
    }
}
