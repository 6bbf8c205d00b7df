//! Fetch (key 1) responses, versions 4 to 16: headers are encoded, records are referenced.

use bytes::{BufMut, Bytes, BytesMut};

use crate::header::{begin_response, finish_response, put_count, put_uvarint};
use crate::leader::{CurrentLeader, NodeEndpoint, put_endpoint_tags, put_leader_tags};
use crate::produce::{TopicRef, put_topic};

const FIRST_FLEXIBLE: i16 = 12;
/// First version that can say where the leader is reached (KIP-951); who it is, all flexible ones can.
const FIRST_WITH_ENDPOINTS: i16 = 16;
const LEADER_TAG: u32 = 1;

/// The answer for one partition.
#[derive(Debug, Clone, Default)]
pub struct FetchedPartition {
    /// Number of the partition.
    pub index: i32,
    /// 0, or why not.
    pub error: i16,
    /// First offset that is not durable, or -1.
    pub high_watermark: i64,
    /// Bound of read_committed, or -1.
    pub last_stable_offset: i64,
    /// First offset of the log, or -1.
    pub log_start: i64,
    /// Whole record batches, in place.
    pub records: Vec<Bytes>,
    /// Who leads the partition, where that is the error (version 12 and later).
    pub leader: Option<CurrentLeader>,
}

/// Whether a version is flexible.
#[must_use]
pub fn is_flexible(version: i16) -> bool {
    version >= FIRST_FLEXIBLE
}

/// Builds a whole response as a rope: its parts are written one after the other. `endpoints`: the leaders
/// that partitions name. `throttle_ms`: for how long the client is asked to be still.
#[must_use]
pub fn response(
    version: i16,
    (correlation_id, throttle_ms): (i32, i32),
    error: i16,
    topics: &[(TopicRef, Vec<FetchedPartition>)],
    endpoints: &[NodeEndpoint],
) -> Vec<Bytes> {
    let f = is_flexible(version);
    let mut rope = Rope { parts: Vec::new(), open: BytesMut::with_capacity(256), size: 0 };
    begin_response(&mut rope.open, correlation_id, f);
    rope.open.put_i32(throttle_ms);
    if version >= 7 {
        rope.open.put_i16(error);
        // Session 0: every request names all its partitions.
        rope.open.put_i32(0);
    }
    put_count(&mut rope.open, topics.len(), f);
    for (topic, partitions) in topics {
        put_topic(&mut rope.open, topic, f);
        put_count(&mut rope.open, partitions.len(), f);
        for p in partitions {
            rope.partition(version, p);
        }
        if f {
            rope.open.put_u8(0);
        }
    }
    if version >= FIRST_WITH_ENDPOINTS {
        put_endpoint_tags(&mut rope.open, endpoints);
    } else if f {
        rope.open.put_u8(0);
    }
    rope.finish()
}

struct Rope {
    parts: Vec<Bytes>,
    open: BytesMut,
    size: usize,
}

impl Rope {
    fn partition(&mut self, version: i16, p: &FetchedPartition) {
        let f = is_flexible(version);
        let out = &mut self.open;
        out.put_i32(p.index);
        out.put_i16(p.error);
        out.put_i64(p.high_watermark);
        out.put_i64(p.last_stable_offset);
        if version >= 5 {
            out.put_i64(p.log_start);
        }
        put_count(out, 0, f);
        if version >= 11 {
            out.put_i32(-1);
        }
        let len: usize = p.records.iter().map(Bytes::len).sum();
        let len = u32::try_from(len).expect("a response is bounded below 2 GiB");
        if f {
            put_uvarint(out, len + 1);
        } else {
            out.put_u32(len);
        }
        if len > 0 {
            self.cut();
            self.parts.extend(p.records.iter().cloned());
            self.size += len as usize;
        }
        if f {
            put_leader_tags(&mut self.open, LEADER_TAG, p.leader);
        }
    }

    fn cut(&mut self) {
        let head = self.open.split().freeze();
        self.size += head.len();
        self.parts.push(head);
    }

    fn finish(mut self) -> Vec<Bytes> {
        if !self.open.is_empty() {
            self.cut();
        }
        let mut first = BytesMut::from(&self.parts[0][..]);
        finish_response(&mut first, self.size - 4);
        self.parts[0] = first.freeze();
        self.parts
    }
}
