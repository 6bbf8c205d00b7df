use std::collections::BTreeMap;

use bytes::Bytes;
use common_errors::ErrorKind;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{BrokerId, FetchRequest, TopicName};

use super::cluster::{Cluster, Leaders};
use super::error::{refused, retriable};
use super::group::Group;
use super::offsets::{From, by_leader, topic_name};
use super::records::{Fetched, decode};
use crate::error::CliError;
use crate::output::note;

/// Bytes of one partition in one answer.
const PARTITION_BYTES_MAX: i32 = 1024 * 1024;
/// Bytes of one answer.
const ANSWER_BYTES_MAX: i32 = 8 * 1024 * 1024;
/// How long all brokers together may hold an answer back while there is no record.
const WAIT_MS: i32 = 500;
/// Kafka's code for an offset that is not there.
const OFFSET_OUT_OF_RANGE: i16 = 1;

/// Reads one topic.
pub(crate) struct Consumer {
    cluster: Cluster,
    topic: TopicName,
    leaders: Leaders,
    positions: BTreeMap<i32, i64>,
    group: Option<Group>,
    failures: u32,
}

impl Consumer {
    /// Starts at `from`, or where `group` left off.
    pub(crate) async fn open(
        mut cluster: Cluster,
        topic: &str,
        from: From,
        group: Option<&str>,
    ) -> Result<Self, CliError> {
        let mut leaders = cluster.leaders(topic).await?;
        let topic = topic_name(topic);
        let mut positions = cluster.start_positions(&topic, &leaders, from).await?;
        let group = match group {
            None => None,
            Some(group) => {
                let mut group = Group::open(&mut cluster, group, &topic).await?;
                let committed = group.committed(leaders.keys().copied().collect()).await?;
                positions.extend(committed);
                Some(group)
            }
        };
        leaders.retain(|partition, _| positions.contains_key(partition));
        Ok(Self { cluster, topic, leaders, positions, group, failures: 0 })
    }

    /// Reads only one partition.
    pub(crate) fn only(&mut self, partition: i32) -> Result<(), CliError> {
        if !self.leaders.contains_key(&partition) {
            let (topic, count) = (self.topic.as_str(), self.leaders.len());
            let message = format!("topic \"{topic}\" has no partition {partition}; it has {count}");
            return Err(CliError::usage("topic.partition", message));
        }
        self.leaders.retain(|p, _| *p == partition);
        self.positions.retain(|p, _| *p == partition);
        Ok(())
    }

    /// The next records, or none when there are none for a while.
    pub(crate) async fn poll(&mut self) -> Result<Vec<Fetched>, CliError> {
        let brokers = by_leader(&self.leaders);
        let wait = WAIT_MS / i32::try_from(brokers.len().max(1)).unwrap_or(WAIT_MS);
        let mut fetched = Vec::new();
        for (leader, partitions) in brokers {
            // Whoever has records must not wait for a broker that has none.
            let wait = if fetched.is_empty() { wait } else { 0 };
            let answers = match self.fetch(leader, &partitions, wait).await {
                Err(error) if error.kind == ErrorKind::Unavailable => {
                    self.cluster.forget(leader);
                    self.follow_leaders(error).await?;
                    continue;
                }
                answers => answers?,
            };
            self.failures = 0;
            for (partition, code, data) in answers {
                self.accept(partition, code, data, &mut fetched).await?;
            }
        }
        Ok(fetched)
    }

    /// Asks who leads now, unless this happened too often in a row.
    async fn follow_leaders(&mut self, why: CliError) -> Result<(), CliError> {
        self.failures += 1;
        let next = self.cluster.next_leaders(self.topic.as_str(), self.failures).await?;
        let leaders = next.ok_or(why)?;
        for (partition, leader) in &mut self.leaders {
            *leader = leaders.get(partition).copied().unwrap_or(*leader);
        }
        Ok(())
    }

    /// Remembers that records up to these were used.
    pub(crate) async fn commit(&mut self, used: &BTreeMap<i32, i64>) -> Result<(), CliError> {
        match &mut self.group {
            Some(group) if !used.is_empty() => group.commit(used).await,
            Some(_) | None => Ok(()),
        }
    }

    async fn fetch(
        &mut self,
        leader: i32,
        partitions: &[i32],
        wait_ms: i32,
    ) -> Result<Vec<(i32, i16, Option<Bytes>)>, CliError> {
        let asked = partitions.iter().map(|partition| {
            FetchPartition::default()
                .with_partition(*partition)
                .with_current_leader_epoch(-1)
                .with_fetch_offset(self.positions.get(partition).copied().unwrap_or_default())
                .with_partition_max_bytes(PARTITION_BYTES_MAX)
        });
        let topic =
            FetchTopic::default().with_topic(self.topic.clone()).with_partitions(asked.collect());
        let request = FetchRequest::default()
            .with_replica_id(BrokerId(-1))
            .with_max_wait_ms(wait_ms)
            .with_min_bytes(1)
            .with_max_bytes(ANSWER_BYTES_MAX)
            // Records of transactions that were not committed are nobody's business.
            .with_isolation_level(1)
            .with_session_epoch(-1)
            .with_topics(vec![topic]);
        let response = self.cluster.broker(leader).await?.call(&request).await?;
        if response.error_code != 0 {
            return Err(self.refuse(response.error_code));
        }
        let answers = response.responses.into_iter().flat_map(|topic| topic.partitions);
        Ok(answers.map(|p| (p.partition_index, p.error_code, p.records)).collect())
    }

    async fn accept(
        &mut self,
        partition: i32,
        code: i16,
        data: Option<Bytes>,
        fetched: &mut Vec<Fetched>,
    ) -> Result<(), CliError> {
        let position = self.positions.get(&partition).copied().unwrap_or_default();
        match code {
            0 => {
                let (records, next) = decode(partition, position, data.unwrap_or_default())?;
                self.positions.insert(partition, next);
                fetched.extend(records);
                Ok(())
            }
            OFFSET_OUT_OF_RANGE => {
                let one = Leaders::from([(partition, self.leaders[&partition])]);
                let first = self.cluster.start_positions(&self.topic, &one, From::Earliest).await?;
                let first = first.get(&partition).copied().unwrap_or_default();
                note(&format!(
                    "partition {partition}: offset {position} is not there, going on from {first}"
                ));
                self.positions.insert(partition, first);
                Ok(())
            }
            code if retriable(code) => {
                let why = self.refuse(code);
                self.follow_leaders(why).await
            }
            code => Err(self.refuse(code)),
        }
    }

    fn refuse(&self, code: i16) -> CliError {
        refused(&format!("cannot read topic \"{}\"", self.topic.as_str()), code, None)
    }
}
