use std::collections::BTreeMap;
use std::str::FromStr;

use common_errors::ErrorKind;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{BrokerId, ListOffsetsRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::cluster::{Cluster, Leaders};
use super::error::{refused, retriable};
use crate::error::CliError;

/// Kafka's name for the end of a partition.
const LATEST: i64 = -1;
/// Kafka's name for its first record.
const EARLIEST: i64 = -2;

/// Where reading starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// The first record there is.
    Earliest,
    /// Records that are yet to come.
    Latest,
    /// So many records before the end of each partition.
    Last(u32),
    /// This offset of each partition.
    Offset(i64),
    /// The first record at or after this time, in milliseconds.
    Time(i64),
}

impl FromStr for From {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "earliest" | "start" => return Ok(Self::Earliest),
            "latest" | "end" => return Ok(Self::Latest),
            _ => {}
        }
        if let Some(last) = text.strip_prefix('-').and_then(|n| n.parse().ok()) {
            return Ok(Self::Last(last));
        }
        if let Ok(offset) = text.parse::<u32>() {
            return Ok(Self::Offset(i64::from(offset)));
        }
        match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(at) => {
                let ms = at.unix_timestamp_nanos() / 1_000_000;
                i64::try_from(ms).map(Self::Time).map_err(|_| format!("{text:?} is too far away"))
            }
            Err(_) => Err(format!(
                "{text:?} is none of earliest, latest, -10, 42 or 2026-01-01T00:00:00Z"
            )),
        }
    }
}

impl Cluster {
    /// The offset to start from, for every partition.
    pub(super) async fn start_positions(
        &mut self,
        topic: &TopicName,
        leaders: &Leaders,
        from: From,
    ) -> Result<BTreeMap<i32, i64>, CliError> {
        match from {
            From::Earliest => self.list_offsets(topic, leaders, EARLIEST).await,
            From::Latest => self.list_offsets(topic, leaders, LATEST).await,
            From::Offset(offset) => Ok(leaders.keys().map(|p| (*p, offset)).collect()),
            From::Last(count) => {
                let first = self.list_offsets(topic, leaders, EARLIEST).await?;
                let mut end = self.list_offsets(topic, leaders, LATEST).await?;
                for (partition, offset) in &mut end {
                    let first = first.get(partition).copied().unwrap_or_default();
                    *offset = (*offset - i64::from(count)).max(first);
                }
                Ok(end)
            }
            From::Time(ms) => {
                let end = self.list_offsets(topic, leaders, LATEST).await?;
                let mut found = self.list_offsets(topic, leaders, ms).await?;
                for (partition, offset) in &mut found {
                    // No record is that young: wait for one.
                    if *offset < 0 {
                        *offset = end.get(partition).copied().unwrap_or_default();
                    }
                }
                Ok(found)
            }
        }
    }

    /// Asks each partition's leader, and again whoever leads it next while leaders move.
    async fn list_offsets(
        &mut self,
        topic: &TopicName,
        leaders: &Leaders,
        timestamp: i64,
    ) -> Result<BTreeMap<i32, i64>, CliError> {
        let mut offsets = BTreeMap::new();
        let mut missing = leaders.clone();
        for attempt in 1.. {
            let mut refusal = None;
            for (leader, partitions) in by_leader(&missing) {
                let answers = match self.offsets_at(leader, topic, &partitions, timestamp).await {
                    Err(error) if error.kind == ErrorKind::Unavailable => {
                        self.forget(leader);
                        refusal = Some(error);
                        continue;
                    }
                    answers => answers?,
                };
                for (partition, code, offset) in answers {
                    match code {
                        0 => {
                            missing.remove(&partition);
                            offsets.insert(partition, offset);
                        }
                        code => {
                            let error = refused("cannot find offsets", code, None);
                            if !retriable(code) {
                                return Err(error);
                            }
                            refusal = Some(error);
                        }
                    }
                }
            }
            let Some(refusal) = refusal else { break };
            let Some(next) = self.next_leaders(topic.as_str(), attempt).await? else {
                return Err(refusal);
            };
            for (partition, leader) in &mut missing {
                *leader = next.get(partition).copied().unwrap_or(*leader);
            }
        }
        Ok(offsets)
    }

    async fn offsets_at(
        &mut self,
        leader: i32,
        topic: &TopicName,
        partitions: &[i32],
        timestamp: i64,
    ) -> Result<Vec<(i32, i16, i64)>, CliError> {
        let asked = partitions.iter().map(|partition| {
            ListOffsetsPartition::default()
                .with_partition_index(*partition)
                .with_timestamp(timestamp)
        });
        let topic =
            ListOffsetsTopic::default().with_name(topic.clone()).with_partitions(asked.collect());
        let request =
            ListOffsetsRequest::default().with_replica_id(BrokerId(-1)).with_topics(vec![topic]);
        let response = self.broker(leader).await?.call(&request).await?;
        let answers = response.topics.into_iter().flat_map(|topic| topic.partitions);
        Ok(answers.map(|p| (p.partition_index, p.error_code, p.offset)).collect())
    }
}

/// The partitions that each broker leads.
pub(super) fn by_leader(leaders: &Leaders) -> BTreeMap<i32, Vec<i32>> {
    let mut grouped: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for (partition, leader) in leaders {
        grouped.entry(*leader).or_default().push(*partition);
    }
    grouped
}

/// A topic's name as messages carry it.
pub(super) fn topic_name(topic: &str) -> TopicName {
    TopicName(StrBytes::from_string(topic.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_say_where() {
        assert_eq!("earliest".parse(), Ok(From::Earliest));
        assert_eq!("latest".parse(), Ok(From::Latest));
        assert_eq!("-10".parse(), Ok(From::Last(10)));
        assert_eq!("42".parse(), Ok(From::Offset(42)));
        assert_eq!("1970-01-01T00:00:01.5Z".parse(), Ok(From::Time(1500)));
        for bad in ["", "--1", "yesterday", "2026-01-01"] {
            assert!(bad.parse::<From>().is_err(), "{bad}");
        }
    }
}
