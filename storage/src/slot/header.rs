//! The slot header: 128 bytes, little-endian, frozen.
//!
//! ```text
//!   0 magic "WEIRSLOT"      40 epoch            88 body length
//!   8 format level u16      48 slot             96 footer offset
//!  10 min reader level u16  56 nonce (16)      104 CRC-64 of body and footer
//!  12 flags u8              72 frontier        112 reserved, zero
//!  13 lane u8               80 append wall ms  124 CRC-32C of bytes 0..124
//!  16 cell uuid (16)
//!  32 store id u32
//!  36 footer length u32
//! ```

use uuid::Uuid;

use crate::crc::seeded_crc32c;
use crate::ids::{BrokerEpoch, WalIdentity};
use crate::levels::{FIRST_LEVEL, FORMAT_LEVEL};

/// Bytes of a header.
pub const HEADER_SIZE: usize = 128;
const MAGIC: &[u8; 8] = b"WEIRSLOT";
const CRC_AT: usize = 124;
const BODY_MAX: u64 = 1 << 40;

/// What a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotFlags(pub u8);

impl SlotFlags {
    /// Carries chunks.
    pub const DATA: Self = Self(1);
    /// Ends an incarnation's WAL.
    pub const SEAL: Self = Self(2);
    /// Carries nothing but its header and perhaps a roll-up.
    pub const NOOP: Self = Self(4);
    /// Written under `fsync=interval|never`: the frontier is no proof of a sync.
    pub const UNSYNCED: Self = Self(8);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A decoded header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotHeader {
    /// The WAL that the slot belongs to.
    pub wal: WalIdentity,
    /// Place in the WAL.
    pub slot: u64,
    /// What it is.
    pub flags: SlotFlags,
    /// Durable frontier when the slot was sent.
    pub frontier: u64,
    /// Wall time of the append, milliseconds since the Unix epoch.
    pub appended_at_ms: i64,
    /// Bytes of the body.
    pub body_len: u64,
    /// Bytes of the footer, tail included.
    pub footer_len: u32,
    /// CRC-64 of body and footer.
    pub content_crc: u64,
}

/// Why bytes are no header of the expected slot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// No magic: never written, or something else.
    #[error("no slot header")]
    Absent,
    /// Checksum over another place or damaged bytes.
    #[error("slot header checksum does not match cell, epoch and slot")]
    Checksum,
    /// Lengths that no slot has.
    #[error("slot header holds an impossible length")]
    Length,
    /// Written by a newer format.
    #[error("slot needs format level {0}, this version reads up to {FORMAT_LEVEL}")]
    TooNew(u16),
}

impl SlotHeader {
    /// Bytes of the whole slot.
    #[must_use]
    pub fn total_len(&self) -> u64 {
        HEADER_SIZE as u64 + self.body_len + u64::from(self.footer_len)
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_SIZE] {
        let mut b = [0; HEADER_SIZE];
        b[..8].copy_from_slice(MAGIC);
        b[8..10].copy_from_slice(&FIRST_LEVEL.to_le_bytes());
        b[10..12].copy_from_slice(&FIRST_LEVEL.to_le_bytes());
        b[12] = self.flags.0;
        b[13] = self.wal.lane;
        b[16..32].copy_from_slice(self.wal.cell.as_bytes());
        b[32..36].copy_from_slice(&self.wal.store.to_le_bytes());
        b[36..40].copy_from_slice(&self.footer_len.to_le_bytes());
        b[40..48].copy_from_slice(&self.wal.epoch.0.to_le_bytes());
        b[48..56].copy_from_slice(&self.slot.to_le_bytes());
        b[56..72].copy_from_slice(&self.wal.nonce);
        b[72..80].copy_from_slice(&self.frontier.to_le_bytes());
        b[80..88].copy_from_slice(&self.appended_at_ms.to_le_bytes());
        b[88..96].copy_from_slice(&self.body_len.to_le_bytes());
        b[96..104].copy_from_slice(&(HEADER_SIZE as u64 + self.body_len).to_le_bytes());
        b[104..112].copy_from_slice(&self.content_crc.to_le_bytes());
        let crc = seeded_crc32c(&self.wal, self.slot, &[&b[..CRC_AT]]);
        b[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        b
    }

    /// Reads a header that must be `slot` of `epoch` in `cell`.
    ///
    /// # Errors
    /// When the bytes are something else, damaged, or of a newer format.
    pub fn parse(
        b: &[u8; HEADER_SIZE],
        cell: Uuid,
        epoch: BrokerEpoch,
        slot: u64,
    ) -> Result<Self, HeaderError> {
        if &b[..8] != MAGIC {
            return Err(HeaderError::Absent);
        }
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&b[56..72]);
        let wal = WalIdentity { cell, store: u32_at(b, 32), epoch, lane: b[13], nonce };
        let crc = seeded_crc32c(&wal, slot, &[&b[..CRC_AT]]);
        if crc != u32_at(b, CRC_AT)
            || &b[16..32] != cell.as_bytes()
            || u64_at(b, 40) != epoch.0
            || u64_at(b, 48) != slot
        {
            return Err(HeaderError::Checksum);
        }
        let min_reader = u16::from_le_bytes([b[10], b[11]]);
        if min_reader > FORMAT_LEVEL {
            return Err(HeaderError::TooNew(min_reader));
        }
        // Far above any slot, and far below where adding lengths to a position could wrap.
        let body_len = u64_at(b, 88);
        if body_len > BODY_MAX {
            return Err(HeaderError::Length);
        }
        Ok(Self {
            wal,
            slot,
            flags: SlotFlags(b[12]),
            frontier: u64_at(b, 72),
            appended_at_ms: i64::from_le_bytes(u64_at(b, 80).to_le_bytes()),
            body_len,
            footer_len: u32_at(b, 36),
            content_crc: u64_at(b, 104),
        })
    }
}

fn u32_at(b: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]])
}

fn u64_at(b: &[u8], at: usize) -> u64 {
    u64::from(u32_at(b, at)) | (u64::from(u32_at(b, at + 4)) << 32)
}
