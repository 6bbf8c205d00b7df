//! Fetch (key 1): durable batches by reference; waits for `min_bytes` at most `max_wait_ms`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common_types::acl::Operation;
use common_types::limits::FETCH_RESPONSE_MAX;
use kafka_protocol::messages::FetchRequest;
use kafka_protocol::messages::fetch_request::FetchPartition;
use protocol::error_code;
use protocol::fetch::{FetchedPartition, response};
use protocol::produce::TopicRef;

use super::allowed::{self, By};
use super::leaders::Leaders;
use crate::cell::{Cell, Topic};
use crate::partition::{FetchWaiter, Partition};
use crate::quota::Direction;
use crate::server::{BadRequest, Request};
use crate::usage::records_in;

/// First version that names topics by id.
const FIRST_BY_ID: i16 = 13;
/// Longest wait, whatever the client asks for.
const WAIT_MAX: Duration = Duration::from_secs(300);

type Answers = Vec<(TopicRef, Vec<FetchedPartition>)>;

/// What was found at one look.
struct Collected {
    answers: Answers,
    /// The topics of the answers, in their order.
    topics: Vec<Option<Arc<Topic>>>,
    bytes: usize,
    error: bool,
}

impl Collected {
    /// Counts what is sent. Not at each look: what was found at one that waits on is found again.
    fn count(&self) {
        for (topic, (_, partitions)) in self.topics.iter().zip(&self.answers) {
            let Some(topic) = topic else { continue };
            for records in partitions.iter().map(|p| &p.records).filter(|r| !r.is_empty()) {
                topic.used.sent(records.iter().map(Bytes::len).sum(), records_in(records));
            }
        }
    }
}

pub(super) async fn handle(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Vec<Bytes>, BadRequest> {
    let request: FetchRequest = r.decode()?;
    if request.session_id != 0 && request.session_epoch > 0 {
        let code = error_code::FETCH_SESSION_ID_NOT_FOUND;
        return Ok(response(r.version, (r.correlation_id, 0), code, &[], &[]));
    }
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0)).min(WAIT_MAX);
    let deadline = tokio::time::Instant::now() + wait;
    let mut limit = usize::try_from(request.max_bytes).unwrap_or(0).min(FETCH_RESPONSE_MAX);
    if let Some(share) = cell.fetch_limit(r.session) {
        limit = limit.min(share);
    }
    // Never more than may be sent: else nothing would be sent before the client's time is up.
    let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0).min(limit.max(1));
    loop {
        // Registered before reading: what arrives in between wakes us at once.
        let waiter = Arc::new(FetchWaiter::new(min_bytes.max(1)));
        let waits = min_bytes > 0 && !wait.is_zero();
        let mut leaders = Leaders::new(cell, r.listener);
        let found =
            collect(cell, r, (&request, limit), waits.then_some(&waiter), &mut leaders).await;
        let full = !waits || found.bytes >= min_bytes || found.error;
        if full
            || tokio::time::timeout_at(deadline, waiter.ready()).await.is_err()
            || cell.wal.has_ended()
        {
            found.count();
            let still = cell.charge(r.session, Direction::Egress, found.bytes);
            let head = (r.correlation_id, r.throttle.set(still));
            let (none, endpoints) = (error_code::NONE, leaders.endpoints());
            return Ok(response(r.version, head, none, &found.answers, &endpoints));
        }
    }
}

async fn collect(
    cell: &Arc<Cell>,
    r: &Request<'_>,
    (request, limit): (&FetchRequest, usize),
    waiter: Option<&Arc<FetchWaiter>>,
    leaders: &mut Leaders<'_>,
) -> Collected {
    let (mut total, mut error) = (0, false);
    let mut answers = Vec::with_capacity(request.topics.len());
    let mut topics = Vec::with_capacity(request.topics.len());
    for t in &request.topics {
        let name = if r.version >= FIRST_BY_ID {
            TopicRef::Id(t.topic_id)
        } else {
            TopicRef::Name(t.topic.to_string())
        };
        let topic = find(cell, r.into(), Operation::Read, &name);
        let mut partitions = Vec::with_capacity(t.partitions.len());
        for p in &t.partitions {
            let budget = limit.saturating_sub(total);
            let mut answer = match resolve(cell, topic.as_ref().map_err(|code| *code), p) {
                Ok(partition) => read(cell, partition, p, budget, total == 0, waiter).await,
                Err(code) => refused(p.partition, code),
            };
            total += answer.records.iter().map(Bytes::len).sum::<usize>();
            error |= answer.error != error_code::NONE;
            answer.leader =
                topic.as_ref().ok().and_then(|t| leaders.of(answer.error, t, p.partition));
            partitions.push(answer);
        }
        answers.push((name, partitions));
        topics.push(topic.ok());
    }
    Collected { answers, topics, bytes: total, error }
}

/// A topic that the session may use. Of a name it may not use, it is not told whether it is there.
pub(super) fn find(
    cell: &Cell,
    by: By<'_>,
    operation: Operation,
    topic: &TopicRef,
) -> Result<Arc<Topic>, i16> {
    let found = match topic {
        TopicRef::Name(name) => {
            allowed::on_topic(cell, by, operation, name)?;
            return cell
                .topic(by.session.tenant, name)
                .ok_or(error_code::UNKNOWN_TOPIC_OR_PARTITION);
        }
        TopicRef::Id(id) => cell.topic_with_id(by.session.tenant, *id),
    };
    let topic = found.ok_or(error_code::UNKNOWN_TOPIC_ID)?;
    allowed::on_topic(cell, by, operation, &topic.name)?;
    Ok(topic)
}

fn resolve<'a>(
    cell: &Cell,
    topic: Result<&'a Arc<Topic>, i16>,
    p: &FetchPartition,
) -> Result<&'a Arc<Partition>, i16> {
    let topic = topic?;
    check_fresh(cell)?;
    let partition = topic.partition(p.partition).ok_or(error_code::UNKNOWN_TOPIC_OR_PARTITION)?;
    check_epoch(p.current_leader_epoch, partition)?;
    Ok(partition)
}

/// Whether this process may still answer reads; else somebody else may lead by now.
pub(super) fn check_fresh(cell: &Cell) -> Result<(), i16> {
    if cell.is_fresh() { Ok(()) } else { Err(error_code::NOT_LEADER_OR_FOLLOWER) }
}

/// The leader epoch that a client believes in (KIP-320).
pub(super) fn check_epoch(claimed: i32, partition: &Partition) -> Result<(), i16> {
    if !partition.pg.leads() {
        return Err(error_code::NOT_LEADER_OR_FOLLOWER);
    }
    let current = partition.pg.epoch();
    match claimed {
        e if e < 0 || e == current => Ok(()),
        e if e < current => Err(error_code::FENCED_LEADER_EPOCH),
        _ => Err(error_code::UNKNOWN_LEADER_EPOCH),
    }
}

async fn read(
    cell: &Arc<Cell>,
    partition: &Arc<Partition>,
    p: &FetchPartition,
    budget: usize,
    first: bool,
    waiter: Option<&Arc<FetchWaiter>>,
) -> FetchedPartition {
    if let Some(waiter) = waiter {
        let mut s = partition.state.lock();
        // Fetches that ended leave their mark until someone passes by.
        s.waiters.retain(|w| w.strong_count() > 0);
        s.waiters.push(Arc::downgrade(waiter));
    }
    let max = usize::try_from(p.partition_max_bytes).unwrap_or(0).min(budget);
    let (log_start, high_watermark) = match partition.led_bounds() {
        Ok(bounds) => bounds,
        Err(code) => return refused(p.partition, code),
    };
    let mut answer = FetchedPartition {
        index: p.partition,
        error: error_code::NONE,
        high_watermark,
        last_stable_offset: high_watermark,
        log_start,
        records: Vec::new(),
        leader: None,
    };
    if max == 0 && !first {
        return answer;
    }
    match cell.read(partition, p.fetch_offset, max).await {
        // The first answer may exceed every limit by one batch (KIP-74), later ones may not.
        Ok(read) if first || read.bytes <= max => {
            if read.bytes > 0 {
                partition.pg.gave(read.bytes);
            }
            answer.records = read.batches;
        }
        Ok(_) => {}
        Err(e) => {
            answer = refused(p.partition, e.code());
            answer.log_start = log_start;
        }
    }
    answer
}

fn refused(index: i32, error: i16) -> FetchedPartition {
    FetchedPartition {
        index,
        error,
        high_watermark: -1,
        last_stable_offset: -1,
        log_start: -1,
        records: Vec::new(),
        leader: None,
    }
}
