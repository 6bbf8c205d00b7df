use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use common_seams::{Clock as _, SystemClock};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::PartitionProduceResponse;
use kafka_protocol::messages::{ProduceRequest, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::cluster::{Cluster, Leaders};
use super::error::{refused, retriable};
use super::partitioner;
use super::records::{NewRecord, encode};
use crate::error::CliError;

/// Largest batch; a single larger record still goes out, and the broker decides.
const BATCH_MAX: usize = 1024 * 1024;
/// How long the broker may take to make a batch durable.
const ACK_TIMEOUT_MS: i32 = 30_000;
/// How often a batch is offered again when its leader is moving.
const ATTEMPTS_MAX: u32 = 60;
/// Pause between those attempts.
const PAUSE: Duration = Duration::from_millis(250);

/// Writes records to one topic.
pub(crate) struct Producer {
    cluster: Cluster,
    topic: TopicName,
    leaders: Leaders,
    partitions: Vec<i32>,
    sticky: usize,
}

/// A batch that the broker acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) partition: i32,
    pub(crate) first_offset: i64,
    pub(crate) count: usize,
}

struct Batch {
    partition: i32,
    count: usize,
    data: Bytes,
}

impl Producer {
    /// Learns where the partitions of `topic` are; with `only`, writes to that one alone.
    pub(crate) async fn open(
        mut cluster: Cluster,
        topic: &str,
        only: Option<i32>,
    ) -> Result<Self, CliError> {
        let leaders = cluster.leaders(topic).await?;
        let partitions: Vec<i32> = match only {
            None => leaders.keys().copied().collect(),
            Some(partition) if leaders.contains_key(&partition) => vec![partition],
            Some(partition) => {
                let count = leaders.len();
                let message =
                    format!("topic \"{topic}\" has no partition {partition}; it has {count}");
                return Err(CliError::usage("topic.partition", message));
            }
        };
        let topic = TopicName(StrBytes::from_string(topic.to_owned()));
        Ok(Self { cluster, topic, leaders, partitions, sticky: 0 })
    }

    /// Sends records and returns once every one is acknowledged.
    pub(crate) async fn send(&mut self, records: Vec<NewRecord>) -> Result<Vec<Sent>, CliError> {
        let now = SystemClock.wall_ms();
        let mut waiting = Vec::new();
        for (partition, records) in self.assign(records) {
            for chunk in split(&records) {
                let data = encode(chunk, now)?;
                waiting.push(Batch { partition, count: chunk.len(), data });
            }
        }
        let mut sent = Vec::new();
        for batch in waiting {
            sent.push(self.send_batch(batch).await?);
        }
        Ok(sent)
    }

    /// Keyed records by their key's hash, the others together on one partition that changes with
    /// every call.
    fn assign(&mut self, records: Vec<NewRecord>) -> BTreeMap<i32, Vec<NewRecord>> {
        let sticky = self.partitions[self.sticky % self.partitions.len()];
        self.sticky += 1;
        let mut assigned: BTreeMap<i32, Vec<NewRecord>> = BTreeMap::new();
        for record in records {
            let partition = match &record.key {
                Some(key) => self.partitions[partitioner::of_key(key, self.partitions.len())],
                None => sticky,
            };
            assigned.entry(partition).or_default().push(record);
        }
        assigned
    }

    async fn send_batch(&mut self, batch: Batch) -> Result<Sent, CliError> {
        let mut attempt = 1;
        loop {
            let answer = self.offer(&batch).await?;
            match answer.error_code {
                0 => {
                    let first_offset = answer.base_offset;
                    return Ok(Sent {
                        partition: batch.partition,
                        first_offset,
                        count: batch.count,
                    });
                }
                code if retriable(code) && attempt < ATTEMPTS_MAX => {
                    tokio::time::sleep(PAUSE).await;
                    self.leaders = self.cluster.leaders(self.topic.as_str()).await?;
                    attempt += 1;
                }
                code => {
                    let message = answer.error_message.as_ref().map(StrBytes::as_str);
                    let topic = self.topic.as_str();
                    let what = format!("cannot write to topic \"{topic}\"");
                    return Err(refused(&what, code, message));
                }
            }
        }
    }

    async fn offer(&mut self, batch: &Batch) -> Result<PartitionProduceResponse, CliError> {
        let data = PartitionProduceData::default()
            .with_index(batch.partition)
            .with_records(Some(batch.data.clone()));
        let topic = TopicProduceData::default()
            .with_name(self.topic.clone())
            .with_partition_data(vec![data]);
        let request = ProduceRequest::default()
            .with_acks(-1)
            .with_timeout_ms(ACK_TIMEOUT_MS)
            .with_topic_data(vec![topic]);
        let leader = self.leaders.get(&batch.partition).copied().unwrap_or_default();
        let response = self.cluster.broker(leader).await?.call(&request).await?;
        let topic = response.responses.into_iter().next();
        topic.and_then(|t| t.partition_responses.into_iter().next()).ok_or_else(|| {
            CliError::internal("kafka.produce", "the broker's answer leaves the partition out")
        })
    }
}

/// Runs of records that fit one batch each.
fn split(records: &[NewRecord]) -> Vec<&[NewRecord]> {
    let mut chunks = Vec::new();
    let (mut start, mut size) = (0, 0);
    for (index, record) in records.iter().enumerate() {
        if index > start && size + record.size() > BATCH_MAX {
            chunks.push(&records[start..index]);
            (start, size) = (index, 0);
        }
        size += record.size();
    }
    if start < records.len() {
        chunks.push(&records[start..]);
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_stay_below_their_limit() {
        let record = |size: usize| NewRecord {
            value: Some(Bytes::from(vec![0; size])),
            ..NewRecord::default()
        };
        let records = [record(600_000), record(600_000), record(10), record(3_000_000), record(1)];
        let counts: Vec<usize> = split(&records).iter().map(|chunk| chunk.len()).collect();
        assert_eq!(counts, [1, 2, 1, 1]);
        assert!(split(&[]).is_empty());
    }
}
