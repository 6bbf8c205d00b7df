//! Produce (key 0), versions 3 to 13: records are cut out of the frame, never copied.

use std::ops::Range;

use bytes::{BufMut, BytesMut};
use uuid::Uuid;

use crate::cursor::{Cursor, Malformed};
use crate::header::{put_count, put_string};
use crate::leader::{CurrentLeader, NodeEndpoint, put_endpoint_tags, put_leader_tags};

const FIRST_FLEXIBLE: i16 = 9;
const FIRST_BY_ID: i16 = 13;
/// First version that can say who leads (KIP-951).
const FIRST_WITH_LEADER: i16 = 10;
const LEADER_TAG: u32 = 0;

/// A decoded request. Ranges are positions in the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProduceRequest {
    /// Set by transactional producers.
    pub transactional_id: Option<String>,
    /// 0, 1 or -1.
    pub acks: i16,
    /// How long the client waits, milliseconds.
    pub timeout_ms: i32,
    /// The topics.
    pub topics: Vec<ProduceTopic>,
}

/// One topic of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProduceTopic {
    /// By name up to version 12, by id from 13 on.
    pub topic: TopicRef,
    /// The partitions, with the place of their records.
    pub partitions: Vec<(i32, Option<Range<usize>>)>,
}

/// A topic as a client names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicRef {
    /// By name.
    Name(String),
    /// By id.
    Id(Uuid),
}

/// The answer for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducedPartition {
    /// Number of the partition.
    pub index: i32,
    /// 0, or why not.
    pub error: i16,
    /// Why not, in words (version 8 and later).
    pub message: Option<String>,
    /// Offset of the first record, or -1.
    pub base_offset: i64,
    /// The time of the append under LogAppendTime, or -1.
    pub append_time_ms: i64,
    /// First offset of the log, or -1.
    pub log_start: i64,
    /// Who leads the partition, where that is the error (version 10 and later).
    pub leader: Option<CurrentLeader>,
}

/// Whether a version is flexible.
#[must_use]
pub fn is_flexible(version: i16) -> bool {
    version >= FIRST_FLEXIBLE
}

/// Reads a request that starts at `body` of `frame`.
///
/// # Errors
/// When the frame is malformed.
pub fn parse(frame: &[u8], body: usize, version: i16) -> Result<ProduceRequest, Malformed> {
    let f = is_flexible(version);
    let mut c = Cursor::new(frame.get(body..).ok_or(Malformed(body))?);
    let transactional_id = c.nullable_string(f)?.map(str::to_owned);
    let (acks, timeout_ms) = (c.i16()?, c.i32()?);
    let count = c.count(f, 4)?;
    let mut topics = Vec::with_capacity(count);
    for _ in 0..count {
        let topic = if version >= FIRST_BY_ID {
            TopicRef::Id(c.uuid()?)
        } else {
            TopicRef::Name(c.string(f)?.to_owned())
        };
        let n = c.count(f, 5)?;
        let mut partitions = Vec::with_capacity(n);
        for _ in 0..n {
            let index = c.i32()?;
            let records = c.nullable_range(f)?.map(|r| r.start + body..r.end + body);
            c.tags(f)?;
            partitions.push((index, records));
        }
        c.tags(f)?;
        topics.push(ProduceTopic { topic, partitions });
    }
    c.tags(f)?;
    Ok(ProduceRequest { transactional_id, acks, timeout_ms, topics })
}

/// Writes the body of a response. `endpoints`: the leaders that partitions name.
pub fn put_response(
    out: &mut BytesMut,
    version: i16,
    topics: &[(TopicRef, Vec<ProducedPartition>)],
    endpoints: &[NodeEndpoint],
    throttle_ms: i32,
) {
    let f = is_flexible(version);
    put_count(out, topics.len(), f);
    for (topic, partitions) in topics {
        put_topic(out, topic, f);
        put_count(out, partitions.len(), f);
        for p in partitions {
            put_partition(out, version, p);
        }
        if f {
            out.put_u8(0);
        }
    }
    out.put_i32(throttle_ms);
    if version >= FIRST_WITH_LEADER {
        put_endpoint_tags(out, endpoints);
    } else if f {
        out.put_u8(0);
    }
}

/// A topic by name or id, as the request named it.
pub(crate) fn put_topic(out: &mut BytesMut, topic: &TopicRef, flexible: bool) {
    match topic {
        TopicRef::Name(name) => put_string(out, name, flexible),
        TopicRef::Id(id) => out.put_slice(id.as_bytes()),
    }
}

fn put_partition(out: &mut BytesMut, version: i16, p: &ProducedPartition) {
    let f = is_flexible(version);
    out.put_i32(p.index);
    out.put_i16(p.error);
    out.put_i64(p.base_offset);
    out.put_i64(p.append_time_ms);
    if version >= 5 {
        out.put_i64(p.log_start);
    }
    if version >= 8 {
        put_count(out, 0, f);
        match &p.message {
            Some(m) => put_string(out, m, f),
            None if f => out.put_u8(0),
            None => out.put_i16(-1),
        }
    }
    if f {
        let leader = p.leader.filter(|_| version >= FIRST_WITH_LEADER);
        put_leader_tags(out, LEADER_TAG, leader);
    }
}
