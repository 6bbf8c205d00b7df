//! Whether a segment is what manifests say.

use super::finding::{Fault, Finding};
use super::report::Sample;
use crate::crc::crc32c;
use crate::ids::{PartitionId, PgId};
use crate::object_ref::ObjectRef;
use crate::segment::{Block, SEGMENT_HEADER_SIZE, footer_len, parse_footer};
use crate::store::{ByteRange, ObjectStore, StoreError};

/// Read first of a segment's end: the footer, unless it is very long.
const FOOTER_READ: u64 = 64 << 10;

/// A run of offsets that a manifest says a segment has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) pg: PgId,
    pub(super) partition: PartitionId,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// What is wrong with a segment, and how many of its blocks were read.
pub(super) async fn check(
    store: &dyn ObjectStore,
    object: ObjectRef,
    named: &[Named],
    sample: Sample,
) -> Result<(Vec<Finding>, u64), StoreError> {
    let key = object.key().to_string();
    let find = |fault| Finding { key: key.clone(), fault };
    let end = match store.get_range(key.clone(), ByteRange::Last(FOOTER_READ)).await {
        Ok(part) => part,
        Err(StoreError::NotFound(_)) => {
            let needed_by = named.first().map_or_else(String::new, |n| manifest_of(n.pg));
            return Ok((vec![find(Fault::Missing { needed_by })], 0));
        }
        Err(StoreError::Range(_)) => {
            return Ok((vec![find(Fault::Damaged("it is empty".to_owned()))], 0));
        }
        Err(e) => return Err(e),
    };
    let damaged = |reason: String| Ok((vec![find(Fault::Damaged(reason))], 0));
    let length = match footer_len(&end.bytes) {
        Ok(length) if length <= end.size => length,
        Ok(_) => return damaged("its footer would be longer than it is".to_owned()),
        Err(e) => return damaged(format!("{e}; it may have been cut off")),
    };
    let mut tail = end.bytes;
    if length > tail.len() as u64 {
        tail = store.get_range(key.clone(), ByteRange::Last(length)).await?.bytes;
    }
    let from = tail.len().saturating_sub(usize::try_from(length).unwrap_or(usize::MAX));
    let blocks = match parse_footer(uuid::Uuid::from_bytes(object.id), &tail[from..]) {
        Ok(blocks) => blocks,
        Err(e) => return damaged(e.to_string()),
    };
    let mut findings = Vec::new();
    if let Some(at) = first_gap(&blocks, end.size - length) {
        let text = format!("its blocks do not lie one behind the other, at byte {at}");
        findings.push(find(Fault::Damaged(text)));
    }
    findings.extend(named.iter().filter_map(|n| not_inside(n, &blocks)).map(find));
    let mut read = 0;
    for block in sampled(&blocks, sample) {
        let (from, to) = (block.position, block.position + block.length);
        let range = ByteRange::Between(from..to);
        let bytes = match store.get_range(key.clone(), range).await {
            Ok(part) => part.bytes,
            Err(StoreError::Range(_)) => bytes::Bytes::new(),
            Err(e) => return Err(e),
        };
        read += 1;
        if bytes.len() as u64 != block.length || crc32c(&bytes) != block.crc {
            findings.push(find(Fault::Checksum { from, to }));
        }
    }
    Ok((findings, read))
}

pub(super) fn manifest_of(pg: PgId) -> String {
    format!("the manifest of placement group {}", pg.0)
}

/// At least one block of every segment.
fn sampled(blocks: &[Block], sample: Sample) -> impl Iterator<Item = &Block> {
    let lucky = (sample.from % blocks.len().max(1) as u64, sample);
    (0..).zip(blocks).filter(move |(n, _)| *n == lucky.0 || lucky.1.takes(*n)).map(|(_, b)| b)
}

/// Where blocks, which fill everything between header and footer, do not follow each other.
fn first_gap(blocks: &[Block], footer_at: u64) -> Option<u64> {
    let mut at = SEGMENT_HEADER_SIZE as u64;
    for block in blocks {
        if block.position != at {
            return Some(at);
        }
        at = at.saturating_add(block.length);
    }
    (at != footer_at).then_some(at)
}

fn not_inside(named: &Named, blocks: &[Block]) -> Option<Fault> {
    let mut next = named.first;
    let mut own: Vec<&Block> = blocks.iter().filter(|b| b.partition == named.partition).collect();
    own.sort_by_key(|b| b.first);
    for block in own {
        if block.first <= next && next <= block.last {
            next = block.last + 1;
        }
    }
    let (partition, last) = (named.partition, named.last);
    (next <= last).then_some(Fault::NotInside { partition, first: next, last })
}
