//! Reads slots back: footers for recovery, whole contents for what must be written again.

use super::footer::{FooterError, SlotFooter};
use super::header::{HEADER_SIZE, HeaderError, SlotHeader};
use crate::crc::seeded_crc64;

/// A slot found by a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedSlot {
    /// First byte of the slot in its file.
    pub position: u64,
    /// Its header.
    pub header: SlotHeader,
    /// What it carries.
    pub footer: SlotFooter,
}

/// Why a slot cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotFault {
    /// The header is absent or damaged.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The footer is damaged.
    #[error(transparent)]
    Footer(#[from] FooterError),
    /// The file ends inside the slot.
    #[error("the file ends inside the slot")]
    Short,
    /// Body or footer do not match the header's checksum.
    #[error("slot content checksum does not match")]
    Content,
}

/// Reads the footer of a slot whose header is known.
///
/// # Errors
/// When the footer is damaged.
pub fn read_footer(header: &SlotHeader, footer: &[u8]) -> Result<SlotFooter, SlotFault> {
    Ok(SlotFooter::parse(footer, &header.wal, header.slot)?)
}

/// Checks the content of a slot against its header. `slot` is the whole slot, header included.
///
/// # Errors
/// When the content is short or damaged.
pub fn verify_body(header: &SlotHeader, slot: &[u8]) -> Result<(), SlotFault> {
    let total = usize::try_from(header.total_len()).map_err(|_| SlotFault::Short)?;
    let content = slot.get(HEADER_SIZE..total).ok_or(SlotFault::Short)?;
    if seeded_crc64(&header.wal, header.slot, [content]) != header.content_crc {
        return Err(SlotFault::Content);
    }
    Ok(())
}
