use api_app::{Endpoints, GroupInfo, GroupMember, Lag};
use api_types::{
    KafkaConsumer, KafkaConsumerAssignment, KafkaConsumerGroup, KafkaConsumerGroupLagSummary,
    KafkaConsumerLag, Related,
};

use super::kafka::{meta, url};

/// Where a group is, and what is below it. Ids may hold what a path does not: they are escaped.
struct Place<'a> {
    endpoints: &'a Endpoints,
    cluster: &'a str,
    group: &'a str,
}

impl Place<'_> {
    fn url(&self, tail: &str) -> String {
        url(self.endpoints, self.cluster, &group_tail(self.group, tail))
    }

    fn related(&self, tail: &str) -> Related {
        Related { related: self.url(tail) }
    }

    fn crn(&self, tail: &str) -> String {
        format!("/consumer-group={}{tail}", self.group)
    }

    fn partition(&self, topic: &str, index: i32) -> Related {
        let tail = format!("/topics/{topic}/partitions/{index}");
        Related { related: url(self.endpoints, self.cluster, &tail) }
    }
}

/// The path of what belongs to a group.
pub(crate) fn group_tail(group: &str, tail: &str) -> String {
    format!("/consumer-groups/{}{tail}", segment(group))
}

/// The path below it of what a member reads.
pub(crate) fn assignments_tail(consumer: &str) -> String {
    format!("/consumers/{}/assignments", segment(consumer))
}

fn segment(text: &str) -> String {
    let mut out = String::new();
    super::list::escape(&mut out, text);
    out
}

pub(crate) fn group(endpoints: &Endpoints, cluster: &str, info: GroupInfo) -> KafkaConsumerGroup {
    let place = Place { endpoints, cluster, group: &info.id };
    KafkaConsumerGroup {
        kind: "KafkaConsumerGroup".to_owned(),
        metadata: meta(&place.url(""), cluster, &place.crn("")),
        cluster_id: cluster.to_owned(),
        is_simple: info.is_simple,
        state: state(&info.state).to_owned(),
        group_type: "CLASSIC".to_owned(),
        is_mixed_consumer_group: false,
        coordinator: Related {
            related: url(endpoints, cluster, &format!("/brokers/{}", info.coordinator)),
        },
        consumers: place.related("/consumers"),
        lag_summary: place.related("/lag-summary"),
        partition_assignor: info.assignor,
        consumer_group_id: info.id,
    }
}

/// The public name of a state.
fn state(kafka: &str) -> &'static str {
    match kafka {
        "Empty" => "EMPTY",
        "PreparingRebalance" => "PREPARING_REBALANCE",
        "CompletingRebalance" => "COMPLETING_REBALANCE",
        "Stable" => "STABLE",
        "Dead" => "DEAD",
        _ => "UNKNOWN",
    }
}

pub(crate) fn consumer(
    endpoints: &Endpoints,
    cluster: &str,
    group: &str,
    member: GroupMember,
) -> KafkaConsumer {
    let place = Place { endpoints, cluster, group };
    let tail = format!("/consumers/{}", segment(&member.id));
    let crn = place.crn(&format!("/consumer={}", member.id));
    KafkaConsumer {
        kind: "KafkaConsumer".to_owned(),
        metadata: meta(&place.url(&tail), cluster, &crn),
        cluster_id: cluster.to_owned(),
        consumer_group_id: group.to_owned(),
        assignments: place.related(&format!("{tail}/assignments")),
        consumer_id: member.id,
        instance_id: member.instance_id,
        client_id: member.client_id,
    }
}

pub(crate) fn assignment(
    endpoints: &Endpoints,
    cluster: &str,
    group: &str,
    consumer: &str,
    (topic, index): (String, i32),
) -> KafkaConsumerAssignment {
    let place = Place { endpoints, cluster, group };
    let tail = format!("{}/{topic}/partitions/{index}", assignments_tail(consumer));
    let crn = place.crn(&format!("/consumer={consumer}/assignment={topic}/partition={index}"));
    KafkaConsumerAssignment {
        kind: "KafkaConsumerAssignment".to_owned(),
        metadata: meta(&place.url(&tail), cluster, &crn),
        cluster_id: cluster.to_owned(),
        consumer_group_id: group.to_owned(),
        consumer_id: consumer.to_owned(),
        partition_id: index,
        partition: place.partition(&topic, index),
        lag: place.related(&format!("/lags/{topic}/partitions/{index}")),
        topic_name: topic,
    }
}

pub(crate) fn lag(endpoints: &Endpoints, cluster: &str, group: &str, lag: Lag) -> KafkaConsumerLag {
    let place = Place { endpoints, cluster, group };
    let (topic, index) = (&lag.offset.topic, lag.offset.partition);
    let own = place.url(&format!("/lags/{topic}/partitions/{index}"));
    let crn = place.crn(&format!("/lag={topic}/partition={index}"));
    let records = lag.records();
    let member = lag.member.unwrap_or_default();
    KafkaConsumerLag {
        kind: "KafkaConsumerLag".to_owned(),
        metadata: meta(&own, cluster, &crn),
        cluster_id: cluster.to_owned(),
        consumer_group_id: group.to_owned(),
        partition_id: index,
        consumer_id: member.id,
        instance_id: member.instance_id,
        client_id: member.client_id,
        current_offset: lag.offset.committed,
        log_end_offset: lag.offset.end,
        lag: records,
        topic_name: lag.offset.topic,
    }
}

/// The summary of lags; none when the group has read nothing.
pub(crate) fn lag_summary(
    endpoints: &Endpoints,
    cluster: &str,
    group: &str,
    lags: &[Lag],
) -> Option<KafkaConsumerGroupLagSummary> {
    let place = Place { endpoints, cluster, group };
    // The first of equal ones, so that the answer does not jump.
    let largest = lags.iter().rev().max_by_key(|lag| lag.records())?;
    let member = largest.member.clone().unwrap_or_default();
    let (topic, index) = (&largest.offset.topic, largest.offset.partition);
    Some(KafkaConsumerGroupLagSummary {
        kind: "KafkaConsumerGroupLagSummary".to_owned(),
        metadata: meta(&place.url("/lag-summary"), cluster, &place.crn("/lag-summary")),
        cluster_id: cluster.to_owned(),
        consumer_group_id: group.to_owned(),
        max_lag_consumer: place.related(&format!("/consumers/{}", segment(&member.id))),
        max_lag_partition: place.partition(topic, index),
        max_lag_consumer_id: member.id,
        max_lag_instance_id: member.instance_id,
        max_lag_client_id: member.client_id,
        max_lag_topic_name: topic.clone(),
        max_lag_partition_id: index,
        max_lag: largest.records(),
        total_lag: lags.iter().map(Lag::records).sum(),
    })
}
