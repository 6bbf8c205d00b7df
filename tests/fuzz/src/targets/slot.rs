use bytes::Bytes;
use common_types::TenantId;
use storage::crc::seeded_crc32c;
use storage::ids::{BrokerEpoch, PartitionId, PgId, WalIdentity};
use storage::slot::{
    BatchSummary, Chunk, ChunkKind, HEADER_SIZE, ProducerSummary, SlotFlags, SlotFooter,
    SlotHeader, read_footer, verify_body,
};
use uuid::Uuid;

use super::fingerprint::{fingerprint, magnitude};
use crate::target::Target;

const SLOT: u64 = 7;

pub(super) fn targets() -> Vec<Target> {
    vec![
        Target { name: "slot-header", seeds: header_seeds, decode: header },
        Target { name: "slot-footer", seeds: footer_seeds, decode: footer },
        Target { name: "slot-footer-sealed", seeds: field_seeds, decode: sealed_footer },
        Target { name: "slot-body", seeds: body_seeds, decode: body },
    ]
}

fn identity() -> WalIdentity {
    let cell = Uuid::from_u128(0x00c0_ffee);
    WalIdentity { cell, store: 1, epoch: BrokerEpoch(3), lane: 0, nonce: [9; 16] }
}

fn a_footer() -> SlotFooter {
    let tenant: TenantId = "lkc-fuzz".parse().expect("a valid id");
    let partition = PartitionId { tenant, topic: Uuid::from_u128(5), index: 2 };
    let chunk = Chunk {
        partition,
        pg: PgId(1),
        pg_epoch: 4,
        kind: ChunkKind::Data,
        first_offset: 100,
        last_offset: 109,
        position: 0,
        length: 512,
        max_timestamp: 1_700_000_000_000,
        encryption_key: 0,
    };
    let batch =
        BatchSummary { first_sequence: 0, last_sequence: 9, base_offset: 100, timestamp: 1 };
    let producer =
        ProducerSummary { chunk: 0, producer_id: 1 << 24, producer_epoch: 0, batches: vec![batch] };
    let coordinator = Chunk { kind: ChunkKind::Coordinator, ..chunk };
    SlotFooter { chunks: vec![chunk, coordinator], producers: vec![producer], rollup: vec![chunk] }
}

fn a_header(footer_len: usize) -> SlotHeader {
    SlotHeader {
        wal: identity(),
        slot: SLOT,
        flags: SlotFlags::DATA,
        frontier: 6,
        appended_at_ms: 1_700_000_000_000,
        body_len: 1024,
        footer_len: u32::try_from(footer_len).expect("a small footer"),
        content_crc: 0,
    }
}

fn header_seeds() -> Vec<Vec<u8>> {
    vec![a_header(100).to_bytes().to_vec()]
}

fn footer_seeds() -> Vec<Vec<u8>> {
    let empty = SlotFooter::default();
    [a_footer(), empty].iter().map(|f| f.to_bytes(&identity(), SLOT).to_vec()).collect()
}

/// The fields alone: a footer without its tail of 16 bytes.
fn field_seeds() -> Vec<Vec<u8>> {
    footer_seeds().iter().map(|footer| footer[..footer.len() - 16].to_vec()).collect()
}

fn body_seeds() -> Vec<Vec<u8>> {
    let footer = a_footer().to_bytes(&identity(), SLOT);
    let mut slot = a_header(footer.len()).to_bytes().to_vec();
    slot.extend([0x5a; 1024]);
    slot.extend(footer);
    vec![slot]
}

/// Any 128 bytes, after their checksum was made right.
fn header(input: &[u8]) -> u64 {
    let mut bytes = [0; HEADER_SIZE];
    let length = input.len().min(HEADER_SIZE);
    bytes[..length].copy_from_slice(&input[..length]);
    let wal = identity();
    let crc = seeded_crc32c(&wal, SLOT, &[&bytes[..HEADER_SIZE - 4]]);
    bytes[HEADER_SIZE - 4..].copy_from_slice(&crc.to_le_bytes());
    match SlotHeader::parse(&bytes, wal.cell, wal.epoch, SLOT) {
        Ok(header) => {
            let again = SlotHeader::parse(&header.to_bytes(), wal.cell, wal.epoch, SLOT);
            assert_eq!(again.as_ref(), Ok(&header), "a header reads back as it was written");
            fingerprint((0, header.flags.0, header.total_len().ilog2()))
        }
        Err(error) => fingerprint((1, error.to_string())),
    }
}

fn footer(input: &[u8]) -> u64 {
    match SlotFooter::parse(input, &identity(), SLOT) {
        Ok(footer) => fingerprint((0, footer.chunks.len())),
        Err(error) => fingerprint((1, error.to_string())),
    }
}

/// Any fields, under a tail that is right.
fn sealed_footer(input: &[u8]) -> u64 {
    let wal = identity();
    let mut bytes = input.to_vec();
    let total = u32::try_from(input.len() + 16).expect("inputs are short");
    bytes.extend(total.to_le_bytes());
    bytes.extend(seeded_crc32c(&wal, SLOT, &[input]).to_le_bytes());
    bytes.extend(b"WEIRFOOT");
    match SlotFooter::parse(&bytes, &wal, SLOT) {
        Ok(footer) => {
            let again = SlotFooter::parse(&footer.to_bytes(&wal, SLOT), &wal, SLOT);
            assert_eq!(again.as_ref(), Ok(&footer), "a footer reads back as it was written");
            let sizes = [footer.chunks.len(), footer.producers.len(), footer.rollup.len()];
            fingerprint((0, sizes.map(magnitude)))
        }
        Err(error) => fingerprint((1, error.to_string())),
    }
}

/// A whole slot: header, then what the header says.
fn body(input: &[u8]) -> u64 {
    let wal = identity();
    let Some(first) = input.first_chunk::<HEADER_SIZE>() else { return fingerprint("short") };
    let mut first = *first;
    let crc = seeded_crc32c(&wal, SLOT, &[&first[..HEADER_SIZE - 4]]);
    first[HEADER_SIZE - 4..].copy_from_slice(&crc.to_le_bytes());
    let Ok(header) = SlotHeader::parse(&first, wal.cell, wal.epoch, SLOT) else {
        return fingerprint("no header");
    };
    let bytes = Bytes::copy_from_slice(input);
    let verified = verify_body(&header, &bytes);
    let tail = usize::try_from(header.footer_len).unwrap_or(usize::MAX).min(bytes.len());
    let read = read_footer(&header, &bytes[bytes.len() - tail..]);
    fingerprint((verified.map_err(|e| e.to_string()), read.is_ok()))
}
