//! References to bytes in a store: 48 bytes, little-endian, frozen.

use uuid::Uuid;

use crate::ids::BrokerEpoch;
use crate::keys::ObjectKey;
use crate::segment::segment_creator;

/// What kind of object a reference names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A WAL slot or, on the disk tier, a file of slots. The id is epoch and first slot.
    Wal,
    /// A segment. The id is its UUID, whose last 32 bits are its creator's epoch.
    Segment,
}

/// Where bytes lie. The store id makes a move between stores an ordinary compaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// Which store; 0 is the cell's first.
    pub store: u32,
    /// What is named.
    pub kind: ObjectKind,
    /// Lane of a WAL, else 0.
    pub lane: u8,
    /// The object: a UUID, or epoch and first slot of a WAL file (both big-endian).
    pub id: [u8; 16],
    /// First byte.
    pub offset: u64,
    /// Count of bytes; 0 means the whole object.
    pub length: u64,
}

/// Bytes that are no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown object kind {0}")]
pub struct UnknownKind(u8);

impl ObjectRef {
    /// Bytes of a stored reference.
    pub const SIZE: usize = 48;

    /// A reference to a whole WAL file.
    #[must_use]
    pub fn wal_file(store: u32, epoch: BrokerEpoch, lane: u8, first_slot: u64) -> Self {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&epoch.0.to_be_bytes());
        id[8..].copy_from_slice(&first_slot.to_be_bytes());
        Self { store, kind: ObjectKind::Wal, lane, id, offset: 0, length: 0 }
    }

    /// A reference to a whole segment, by an id of [`segment_id`](crate::segment::segment_id).
    #[must_use]
    pub fn segment(store: u32, id: Uuid) -> Self {
        let id = *id.as_bytes();
        Self { store, kind: ObjectKind::Segment, lane: 0, id, offset: 0, length: 0 }
    }

    /// Under which key the object lies.
    #[must_use]
    pub fn key(&self) -> ObjectKey {
        match self.kind {
            ObjectKind::Wal => {
                let (epoch, slot) = self.wal_parts();
                ObjectKey::Wal { epoch, lane: self.lane, slot }
            }
            ObjectKind::Segment => ObjectKey::Segment {
                creator: segment_creator(&self.id),
                id: Uuid::from_bytes(self.id),
            },
        }
    }

    /// Epoch and first slot of a WAL object.
    #[must_use]
    pub fn wal_parts(&self) -> (BrokerEpoch, u64) {
        let half = |r: std::ops::Range<usize>| {
            self.id[r].iter().fold(0_u64, |n, b| (n << 8) | u64::from(*b))
        };
        (BrokerEpoch(half(0..8)), half(8..16))
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let mut out = [0; Self::SIZE];
        out[..4].copy_from_slice(&self.store.to_le_bytes());
        out[4] = match self.kind {
            ObjectKind::Wal => 1,
            ObjectKind::Segment => 2,
        };
        out[5] = self.lane;
        out[8..24].copy_from_slice(&self.id);
        out[24..32].copy_from_slice(&self.offset.to_le_bytes());
        out[32..40].copy_from_slice(&self.length.to_le_bytes());
        out
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When the kind is not known to this version.
    pub fn from_bytes(b: &[u8; Self::SIZE]) -> Result<Self, UnknownKind> {
        let kind = match b[4] {
            1 => ObjectKind::Wal,
            2 => ObjectKind::Segment,
            other => return Err(UnknownKind(other)),
        };
        let word =
            |at: usize| b[at..at + 8].iter().rev().fold(0_u64, |n, x| (n << 8) | u64::from(*x));
        let mut id = [0; 16];
        id.copy_from_slice(&b[8..24]);
        let store = b[..4].iter().rev().fold(0_u32, |n, x| (n << 8) | u32::from(*x));
        Ok(Self { store, kind, lane: b[5], id, offset: word(24), length: word(32) })
    }
}
