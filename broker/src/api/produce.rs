//! Produce (key 0): check each batch, append it, answer when it is durable.

use bytes::{Bytes, BytesMut};
use common_types::acl::Operation;
use protocol::batch::{BatchError, BatchHeader};
use protocol::error_code;
use protocol::header::{begin_response, finish_response};
use protocol::produce::{ProducedPartition, is_flexible, parse, put_response};
use protocol::versions::key;

use super::allowed::By;
use super::fetch::find;
use super::leaders::Leaders;
use crate::cell::{Cell, Session, Topic};
use crate::partition::{Appended, TopicConfig};
use crate::server::{BadRequest, Listener};

/// First version that may carry zstd (KIP-110).
const FIRST_ZSTD: i16 = 7;
const CODEC_ZSTD: i16 = 4;
/// Batches below this size get memory of their own.
const COPIED_BELOW: usize = 4 << 10;

/// What the connection knows of the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) listener: &'a Listener,
    pub(crate) start: usize,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
    /// For how long the client is asked to be still.
    pub(crate) throttle_ms: i32,
}

/// What became of a request.
pub(crate) enum Made {
    /// Send this once the ticket is durable; ticket 0 is durable. With `prove`, only if this process still
    /// leads: it refuses by what it remembers of a producer, and clients give up on such an answer.
    Answer { ticket: u64, answer: Bytes, prove: bool },
    /// acks=0, all well.
    Silent,
    /// acks=0, and something was refused.
    SilentError,
}

/// A refusal, with words for the client.
struct Refusal(i16, Option<String>);

pub(crate) fn handle(
    cell: &Cell,
    session: &Session,
    frame: BytesMut,
    head: Head<'_>,
) -> Result<Made, BadRequest> {
    let request = parse(&frame, head.start, head.version).map_err(|e| BadRequest(e.to_string()))?;
    let mut rest = Cutter { frame, cut: 0 };
    let (mut ticket, mut failed) = (0, false);
    let mut leaders = Leaders::new(cell, head.listener);
    let mut topics = Vec::with_capacity(request.topics.len());
    let valid_acks = (-1..=1).contains(&request.acks);
    for t in request.topics {
        let topic = if valid_acks {
            find(cell, By { session, api: key::PRODUCE }, Operation::Write, &t.topic)
        } else {
            Err(error_code::INVALID_REQUIRED_ACKS)
        };
        let mut answers = Vec::with_capacity(t.partitions.len());
        for (index, range) in t.partitions {
            let batch = range.map(|r| rest.cut(r));
            let made = match &topic {
                Ok(topic) => append(cell, topic, index, batch, head.version),
                Err(code) => Err(Refusal(*code, None)),
            };
            failed |= made.is_err();
            if let Ok((appended, _)) = &made {
                ticket = ticket.max(appended.ticket);
            }
            let mut answer = to_answer(index, made);
            answer.leader = topic.as_ref().ok().and_then(|t| leaders.of(answer.error, t, index));
            answers.push(answer);
        }
        topics.push((t.topic, answers));
    }
    if request.acks == 0 {
        return Ok(if failed { Made::SilentError } else { Made::Silent });
    }
    let mut errors = topics.iter().flat_map(|(_, answers)| answers).map(|a| a.error);
    let prove = errors.any(|e| {
        matches!(e, error_code::OUT_OF_ORDER_SEQUENCE_NUMBER | error_code::INVALID_PRODUCER_EPOCH)
    });
    let mut out = BytesMut::with_capacity(128);
    begin_response(&mut out, head.correlation_id, is_flexible(head.version));
    put_response(&mut out, head.version, &topics, &leaders.endpoints(), head.throttle_ms);
    let size = out.len() - 4;
    finish_response(&mut out, size);
    Ok(Made::Answer { ticket, answer: out.freeze(), prove })
}

/// Cuts ranges out of a frame, front to back; only small ones are copied.
struct Cutter {
    frame: BytesMut,
    cut: usize,
}

impl Cutter {
    fn cut(&mut self, range: std::ops::Range<usize>) -> BytesMut {
        let _before = self.frame.split_to(range.start - self.cut);
        self.cut = range.end;
        let batch = self.frame.split_to(range.len());
        // The tail cache keeps what it is given, and with it the buffer that many requests came in.
        if batch.len() < COPIED_BELOW { BytesMut::from(&batch[..]) } else { batch }
    }
}

fn append(
    cell: &Cell,
    topic: &Topic,
    index: i32,
    batch: Option<BytesMut>,
    version: i16,
) -> Result<(Appended, Option<i64>), Refusal> {
    let config = topic.config();
    let batch = batch.filter(|b| !b.is_empty()).ok_or_else(|| {
        Refusal(error_code::INVALID_RECORD, Some("the request carries no record batch".into()))
    })?;
    let partition =
        topic.partition(index).ok_or(Refusal(error_code::UNKNOWN_TOPIC_OR_PARTITION, None))?;
    let header = check(cell, &config, &batch, version)?;
    let stamp = config.log_append_time.then(|| cell.clock.wall_ms());
    let appended = partition
        .append(&cell.wal, batch, &header, stamp, cell.clock.mono())
        .map_err(|e| Refusal(e.code(), Some(e.to_string())))?;
    topic.used.received(&header);
    Ok((appended, stamp))
}

fn check(
    cell: &Cell,
    config: &TopicConfig,
    batch: &BytesMut,
    version: i16,
) -> Result<BatchHeader, Refusal> {
    let h = BatchHeader::validate(batch).map_err(refuse_batch)?;
    let refuse = |code, text: String| Err(Refusal(code, Some(text)));
    if h.total_len != batch.len() {
        return refuse(
            error_code::INVALID_RECORD,
            "a request carries exactly one record batch per partition".into(),
        );
    }
    if h.total_len > config.max_message_bytes {
        return refuse(
            error_code::MESSAGE_TOO_LARGE,
            format!(
                "record batch of {} bytes, max.message.bytes of the topic is {}",
                h.total_len, config.max_message_bytes
            ),
        );
    }
    if h.is_transactional() {
        return refuse(error_code::INVALID_REQUEST, "transactions are not offered".into());
    }
    if h.codec() == CODEC_ZSTD && version < FIRST_ZSTD {
        return refuse(
            error_code::UNSUPPORTED_COMPRESSION_TYPE,
            "zstd needs Produce version 7 or later".into(),
        );
    }
    let now = cell.clock.wall_ms();
    let too_new = h.max_timestamp > now.saturating_add(config.after_max_ms);
    let too_old =
        h.base_timestamp >= 0 && h.base_timestamp < now.saturating_sub(config.before_max_ms);
    if !config.log_append_time && (too_new || too_old) {
        return refuse(
            error_code::INVALID_TIMESTAMP,
            "a timestamp is outside message.timestamp.before.max.ms / after.max.ms".into(),
        );
    }
    Ok(h)
}

fn refuse_batch(e: BatchError) -> Refusal {
    let code = match e {
        BatchError::Truncated | BatchError::Checksum => error_code::CORRUPT_MESSAGE,
        BatchError::Magic(_) => error_code::UNSUPPORTED_FOR_MESSAGE_FORMAT,
        BatchError::Count | BatchError::Control | BatchError::Producer => {
            error_code::INVALID_RECORD
        }
        BatchError::Codec(_) => error_code::UNSUPPORTED_COMPRESSION_TYPE,
    };
    Refusal(code, Some(e.to_string()))
}

fn to_answer(index: i32, made: Result<(Appended, Option<i64>), Refusal>) -> ProducedPartition {
    match made {
        Ok((appended, stamp)) => ProducedPartition {
            index,
            error: error_code::NONE,
            message: None,
            base_offset: appended.base_offset,
            append_time_ms: stamp.unwrap_or(-1),
            log_start: appended.log_start,
            leader: None,
        },
        Err(Refusal(error, message)) => ProducedPartition {
            index,
            error,
            message,
            base_offset: -1,
            append_time_ms: -1,
            log_start: -1,
            leader: None,
        },
    }
}
