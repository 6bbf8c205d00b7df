//! Numbers that name things inside a cell.

use std::fmt;

use common_types::TenantId;
use uuid::Uuid;

/// One incarnation of the broker role. Born by put-if-absent, never reused, below 2^29 so that a
/// producer id (epoch · 2^24 + n) stays below 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BrokerEpoch(pub u64);

impl BrokerEpoch {
    /// The first number that is no broker epoch.
    pub const END: u64 = 1 << 29;
}

impl fmt::Display for BrokerEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A placement group: the unit of leadership and of manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PgId(pub u32);

/// A partition, by ids that never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartitionId {
    /// Who it belongs to.
    pub tenant: TenantId,
    /// The topic; a topic created again has another id.
    pub topic: Uuid,
    /// The partition's number in its topic.
    pub index: u32,
}

/// What every header and checksum of a WAL is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalIdentity {
    /// The cell.
    pub cell: Uuid,
    /// The store that the WAL lies in.
    pub store: u32,
    /// The incarnation.
    pub epoch: BrokerEpoch,
    /// Lane of the WAL; always 0 in format level 1.
    pub lane: u8,
    /// Random per incarnation: tells two runs of one cloned machine apart.
    pub nonce: [u8; 16],
}
