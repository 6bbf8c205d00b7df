//! Records for the owner of a key: to the leaders of their partitions, in order.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use api_app::{DataPlaneError, KeyOwner, NewRecord, RecordError, Written};
use futures_util::future::join_all;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::PartitionProduceResponse;
use kafka_protocol::messages::{MetadataRequest, ProduceRequest};
use protocol::error_code;
use protocol::new_batch::{self, batch_of};

use super::kafka_port::{KafkaPort, METADATA, topic_name};
use crate::kafka::of_key;

/// The largest version before topics by id whose answers say why in words.
const PRODUCE: i16 = 9;
/// Answers come when records are durable.
const ALL: i16 = -1;
const TIMEOUT_MS: i32 = 30_000;
/// How often the leaders are looked up again when those that were asked do not lead.
const ATTEMPTS: usize = 50;
const PAUSE: Duration = Duration::from_millis(100);

type Answer = Result<Written, RecordError>;
/// Who leads each partition of a topic, where somebody does.
type Leaders = BTreeMap<i32, Option<i32>>;

impl KafkaPort {
    /// Writes records; one answer each, in their order. What a broker refused because it does not lead was
    /// not written, and is sent again; what has no answer is not, because it could be written twice.
    pub(super) async fn write(
        &self,
        who: &KeyOwner,
        topic: &str,
        records: &[NewRecord],
    ) -> Vec<Answer> {
        let mut leaders = match self.leaders_of(who, topic).await {
            Ok(leaders) => leaders,
            Err(error) => return records.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut sending = Sending::new(records, leaders.len(), self.next_turn());
        for _ in 0..ATTEMPTS {
            while self.round(who, topic, &leaders, &mut sending).await {}
            if sending.waiting.is_empty() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            match self.leaders_of(who, topic).await {
                Ok(found) => leaders = found,
                Err(RecordError::Unavailable(_)) => {}
                Err(error) => sending.fail_all(&error),
            }
        }
        sending.fail_all(&RecordError::Unavailable("the partition has no leader now".to_owned()));
        let answers = sending.answers.into_iter();
        answers.map(|answer| answer.unwrap_or_else(|| Err(unanswered()))).collect()
    }

    /// Sends the first batch of each partition that has a leader. Says whether another round is due: all
    /// leaders did lead, and batches are left.
    async fn round(
        &self,
        who: &KeyOwner,
        topic: &str,
        leaders: &Leaders,
        sending: &mut Sending<'_>,
    ) -> bool {
        let mut by_leader: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
        let mut all_led = true;
        for partition in sending.waiting.keys() {
            match leaders.get(partition).copied().flatten() {
                Some(leader) => by_leader.entry(leader).or_default().push(*partition),
                None => all_led = false,
            }
        }
        let asked = by_leader.into_iter().map(|(leader, partitions)| {
            let request = sending.request(topic, &partitions);
            async move { (partitions, self.call(who, leader, PRODUCE, &request).await) }
        });
        let asked: Vec<_> = asked.collect();
        for (partitions, answer) in join_all(asked).await {
            match answer {
                Ok(answer) => {
                    let parts = answer.responses.into_iter().flat_map(|t| t.partition_responses);
                    let mut parts: HashMap<i32, _> = parts.map(|p| (p.index, p)).collect();
                    for partition in partitions {
                        match parts.remove(&partition) {
                            Some(part) => all_led &= sending.settle(partition, &part),
                            None => sending.fail(partition, &unanswered()),
                        }
                    }
                }
                Err(error) => {
                    let error = failure(error);
                    partitions.iter().for_each(|partition| sending.fail(*partition, &error));
                }
            }
        }
        all_led && !sending.waiting.is_empty()
    }

    async fn leaders_of(&self, who: &KeyOwner, topic: &str) -> Result<Leaders, RecordError> {
        let asked = MetadataRequestTopic::default().with_name(Some(topic_name(topic)));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![asked]))
            .with_allow_auto_topic_creation(false);
        let answer = self.call(who, self.own(), METADATA, &request).await.map_err(failure)?;
        let found = answer.topics.into_iter().next().ok_or_else(unanswered)?;
        if found.error_code != error_code::NONE {
            return Err(refusal(found.error_code, None));
        }
        let leader = |code: i16, id: i32| Some(id).filter(|id| code == 0 && *id >= 0);
        let partitions = found.partitions.into_iter();
        Ok(partitions.map(|p| (p.partition_index, leader(p.error_code, p.leader_id.0))).collect())
    }
}

/// Records on their way.
struct Sending<'a> {
    records: &'a [NewRecord],
    answers: Vec<Option<Answer>>,
    /// By partition, the batches that are not answered: places in `records`. No batch is empty.
    waiting: BTreeMap<i32, VecDeque<Vec<usize>>>,
}

impl<'a> Sending<'a> {
    /// `turn` moves records that may go anywhere on to the next partition.
    fn new(records: &'a [NewRecord], partitions: usize, turn: usize) -> Self {
        let mut answers = Vec::with_capacity(records.len());
        let mut batches: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        for (at, record) in records.iter().enumerate() {
            let place = match (record.partition, &record.key) {
                (Some(asked), _) => usize::try_from(asked).ok().filter(|n| *n < partitions),
                (None, Some(key)) => Some(of_key(key, partitions)),
                (None, None) => Some(turn % partitions.max(1)),
            };
            let place = place.and_then(|place| i32::try_from(place).ok());
            answers.push(match place {
                Some(place) => {
                    batches.entry(place).or_default().push(at);
                    None
                }
                None => Some(Err(RecordError::UnknownPartition(format!(
                    "the topic has {partitions} partitions, counted from 0"
                )))),
            });
        }
        let waiting =
            batches.into_iter().map(|(place, batch)| (place, VecDeque::from([batch]))).collect();
        Self { records, answers, waiting }
    }

    /// The first batches of these partitions.
    fn request(&self, topic: &str, partitions: &[i32]) -> ProduceRequest {
        let data = partitions.iter().filter_map(|partition| {
            let batch = self.waiting.get(partition)?.front()?;
            let records: Vec<new_batch::NewRecord<'_>> =
                batch.iter().map(|at| wire(&self.records[*at])).collect();
            let records = Some(batch_of(&records).freeze());
            Some(PartitionProduceData::default().with_index(*partition).with_records(records))
        });
        let topic = TopicProduceData::default()
            .with_name(topic_name(topic))
            .with_partition_data(data.collect());
        ProduceRequest::default()
            .with_acks(ALL)
            .with_timeout_ms(TIMEOUT_MS)
            .with_topic_data(vec![topic])
    }

    /// Takes the answer to the first batch of a partition. False: it has to be sent to somebody else.
    fn settle(&mut self, partition: i32, part: &PartitionProduceResponse) -> bool {
        let Some(queue) = self.waiting.get_mut(&partition) else { return true };
        let Some(mut batch) = queue.pop_front() else { return true };
        match part.error_code {
            error_code::NONE => {
                for (at, offset) in batch.into_iter().zip(part.base_offset..) {
                    let stamped = Some(part.log_append_time_ms).filter(|ms| *ms >= 0);
                    let timestamp_ms = stamped.unwrap_or(self.records[at].timestamp_ms);
                    self.answers[at] = Some(Ok(Written { partition, offset, timestamp_ms }));
                }
            }
            // A topic that is not known there any more, or not yet: looking it up again tells.
            error_code::NOT_LEADER_OR_FOLLOWER
            | error_code::LEADER_NOT_AVAILABLE
            | error_code::UNKNOWN_TOPIC_OR_PARTITION => {
                queue.push_front(batch);
                return false;
            }
            // One record is enough for a batch to be refused: the others are to go through.
            error_code::MESSAGE_TOO_LARGE
            | error_code::INVALID_TIMESTAMP
            | error_code::INVALID_RECORD
                if batch.len() > 1 =>
            {
                let second = batch.split_off(batch.len() / 2);
                queue.push_front(second);
                queue.push_front(batch);
            }
            code => {
                let words = part.error_message.as_ref().map(ToString::to_string);
                let error = refusal(code, words);
                batch.into_iter().for_each(|at| self.answers[at] = Some(Err(error.clone())));
            }
        }
        if queue.is_empty() {
            self.waiting.remove(&partition);
        }
        true
    }

    /// Nothing more is sent to a partition: what came later must not overtake what has no answer.
    fn fail(&mut self, partition: i32, error: &RecordError) {
        for at in self.waiting.remove(&partition).into_iter().flatten().flatten() {
            self.answers[at] = Some(Err(error.clone()));
        }
    }

    fn fail_all(&mut self, error: &RecordError) {
        for partition in self.waiting.keys().copied().collect::<Vec<_>>() {
            self.fail(partition, error);
        }
    }
}

fn wire(record: &NewRecord) -> new_batch::NewRecord<'_> {
    new_batch::NewRecord {
        timestamp_ms: record.timestamp_ms,
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers: &record.headers,
    }
}

fn failure(error: DataPlaneError) -> RecordError {
    match error {
        DataPlaneError::Forbidden(why) => RecordError::Forbidden(why),
        error => RecordError::Unavailable(error.to_string()),
    }
}

fn unanswered() -> RecordError {
    RecordError::Unavailable("the broker gave no answer; the record may be written".to_owned())
}

/// What a broker refused, in its words if it has some.
fn refusal(code: i16, words: Option<String>) -> RecordError {
    let (kind, text): (fn(String) -> RecordError, &str) = match code {
        error_code::TOPIC_AUTHORIZATION_FAILED | error_code::CLUSTER_AUTHORIZATION_FAILED => (
            RecordError::Forbidden,
            "your role and your ACLs do not allow to write to this topic; ask an administrator for an ACL",
        ),
        error_code::UNKNOWN_TOPIC_OR_PARTITION | error_code::INVALID_TOPIC_EXCEPTION => {
            (RecordError::UnknownPartition, "this topic or partition does not exist")
        }
        error_code::MESSAGE_TOO_LARGE | error_code::RECORD_LIST_TOO_LARGE => {
            (RecordError::TooLarge, "the record is larger than max.message.bytes of the topic")
        }
        error_code::INVALID_TIMESTAMP | error_code::INVALID_RECORD => {
            (RecordError::Invalid, "the topic does not accept this record")
        }
        _ => (RecordError::Unavailable, "the record cannot be written now"),
    };
    kind(words.unwrap_or_else(|| format!("{text} (Kafka code {code})")))
}
