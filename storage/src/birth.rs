//! The birth of an incarnation, and the owner marker of a cell.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `epochs/{e}`: written once by put-if-absent, never deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birth {
    /// Level of this format.
    pub format_level: u16,
    /// The epoch that is born.
    pub epoch: u64,
    /// Nonce of the incarnation, in hexadecimal.
    pub nonce: String,
    /// Most slots in flight.
    pub slots_in_flight_max: u32,
    /// Name of the node.
    pub node: String,
    /// When, in milliseconds since the Unix epoch.
    pub born_at_ms: i64,
}

/// `cell.json`: who owns the prefix, and what must never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellMarker {
    /// The level at which the cell began; what it has now is in its metadata.
    pub format_level: u16,
    /// The cell.
    pub cell: Uuid,
    /// How many coordinator slots there are.
    pub coordinator_slots: u32,
    /// Name of the hash that maps a group to its slot.
    pub coordinator_hash: String,
    /// Placement groups at birth.
    pub placement_groups: u32,
    /// Topic id of `__consumer_offsets`.
    pub group_topic: Uuid,
    /// Topic id of `__transaction_state`.
    pub transaction_topic: Uuid,
    /// When, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
}
