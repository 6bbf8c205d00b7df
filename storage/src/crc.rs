//! Checksums, seeded with where the bytes belong, so that old bytes in a reused place never look valid.

use crc_fast::{CrcAlgorithm, Digest};

use crate::ids::WalIdentity;

/// CRC-32C of `data`, as Kafka and every header here use it.
#[must_use]
pub fn crc32c(data: &[u8]) -> u32 {
    low32(crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, data))
}

/// CRC-32C of `parts` one after the other.
#[must_use]
pub fn crc32c_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    let mut digest = Digest::new(CrcAlgorithm::Crc32Iscsi);
    parts.into_iter().for_each(|p| digest.update(p));
    low32(digest.finalize())
}

/// CRC-32C of `parts`, seeded with cell, epoch and slot.
#[must_use]
pub fn seeded_crc32c(id: &WalIdentity, slot: u64, parts: &[&[u8]]) -> u32 {
    low32(seeded(CrcAlgorithm::Crc32Iscsi, id, slot, parts.iter().copied()))
}

/// CRC-64/NVME of `parts`, seeded with cell, epoch and slot.
#[must_use]
pub fn seeded_crc64<'a>(
    id: &WalIdentity,
    slot: u64,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> u64 {
    seeded(CrcAlgorithm::Crc64Nvme, id, slot, parts)
}

fn seeded<'a>(
    algorithm: CrcAlgorithm,
    id: &WalIdentity,
    slot: u64,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> u64 {
    let mut seed = [0_u8; 32];
    seed[..16].copy_from_slice(id.cell.as_bytes());
    seed[16..24].copy_from_slice(&id.epoch.0.to_le_bytes());
    seed[24..].copy_from_slice(&slot.to_le_bytes());
    let mut digest = Digest::new(algorithm);
    digest.update(&seed);
    for part in parts {
        digest.update(part);
    }
    digest.finalize()
}

fn low32(v: u64) -> u32 {
    // A 32-bit CRC comes in the low half of the word.
    (v & 0xffff_ffff) as u32
}

#[cfg(test)]
mod tests {
    #[test]
    fn crc32c_is_castagnoli() {
        // The check value of CRC-32/ISCSI in the catalogue of parametrised CRC algorithms.
        assert_eq!(super::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(super::crc32c_parts([&b"1234"[..], b"56789"]), 0xe306_9283);
    }
}
