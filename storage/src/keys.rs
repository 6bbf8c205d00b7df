//! Every key of a cell, built by one enum. Frozen: a changed key is lost data.

use std::fmt;

use common_types::TenantId;
use uuid::Uuid;

use crate::crc::crc32c;
use crate::ids::{BrokerEpoch, PgId};

/// A key under `{cell}/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectKey {
    /// One WAL slot; on the disk tier the file whose first slot this is.
    Wal {
        /// The writer.
        epoch: BrokerEpoch,
        /// Lane of the writer.
        lane: u8,
        /// The (first) slot.
        slot: u64,
    },
    /// The birth of an incarnation.
    Epoch(BrokerEpoch),
    /// An entry of the metadata log.
    Meta {
        /// Term of the controller that wrote it.
        term: u64,
        /// Place in that term.
        slot: u64,
    },
    /// A snapshot of the metadata.
    MetaSnapshot(Uuid),
    /// The pointer to term, snapshot and lowest entry.
    MetaCurrent,
    /// Says, beside the records, that the metadata lies in a store of its own.
    MetaPlace,
    /// Says, beside metadata in a store of its own, whose it is.
    MetaOwner,
    /// The manifest of a placement group.
    Manifest(PgId),
    /// A page of extents of a manifest.
    ManifestPage(PgId, Uuid),
    /// A segment, by who created it.
    Segment {
        /// The incarnation that wrote it.
        creator: BrokerEpoch,
        /// A version 7 UUID.
        id: Uuid,
    },
    /// Stops garbage collection while a backup runs.
    Hold(Uuid),
    /// The data keys of a tenant, wrapped; gone with the tenant.
    TenantKeys(TenantId),
    /// Where one self-test of the store works; gone when it ends.
    Proof(Uuid),
    /// Says that a cell is being copied into the prefix; gone when it is whole.
    Copy,
    /// Marks the owner of the prefix.
    Cell,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wal { epoch, lane, slot } => {
                write!(f, "{}/{slot:016x}", wal_prefix(*epoch, *lane))
            }
            Self::Epoch(e) => write!(f, "epochs/{:016x}", e.0),
            Self::Meta { term, slot } => write!(f, "meta/{term:016x}/{slot:016x}"),
            Self::MetaSnapshot(id) => write!(f, "meta/snap/{id}"),
            Self::MetaCurrent => f.write_str("meta/current"),
            Self::MetaPlace => f.write_str("meta-store.json"),
            Self::MetaOwner => f.write_str("meta/owner"),
            Self::Manifest(pg) => write!(f, "pg/{:08x}/manifest", pg.0),
            Self::ManifestPage(pg, id) => write!(f, "pg/{:08x}/pages/{id}", pg.0),
            Self::Segment { creator, id } => {
                write!(f, "seg/{:02x}/{:016x}/{id}", hash_byte(id.as_bytes()), creator.0)
            }
            Self::Hold(id) => write!(f, "holds/{id}"),
            Self::TenantKeys(tenant) => write!(f, "keys/{tenant}"),
            Self::Proof(id) => write!(f, "proof/{id}"),
            Self::Copy => f.write_str("copy.json"),
            Self::Cell => f.write_str("cell.json"),
        }
    }
}

/// The folder of one WAL lane.
#[must_use]
pub fn wal_prefix(epoch: BrokerEpoch, lane: u8) -> String {
    format!("wal/{:02x}/{:016x}/{lane:02x}", hash_byte(&epoch.0.to_le_bytes()), epoch.0)
}

/// Spreads keys over prefixes: the low byte of CRC-32C.
fn hash_byte(bytes: &[u8]) -> u8 {
    crc32c(bytes).to_le_bytes()[0]
}
