/// A metric that clusters have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Clients that are signed in.
    ActiveConnectionCount,
    /// Partitions.
    PartitionCount,
    /// Bytes of records that clients sent.
    ReceivedBytes,
    /// Records that clients sent.
    ReceivedRecords,
    /// Bytes of requests.
    RequestBytes,
    /// Requests.
    RequestCount,
    /// Bytes of answers.
    ResponseBytes,
    /// Bytes of records that are kept.
    RetainedBytes,
    /// Bytes of records that clients got.
    SentBytes,
    /// Records that clients got.
    SentRecords,
    /// Clients that signed in.
    SuccessfulAuthenticationCount,
}

/// How a metric adds up over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What happened in a minute: summed.
    Counter,
    /// What is: averaged.
    Gauge,
}

/// What tells the series of a metric apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// The topic.
    Topic,
    /// The kind of a request: `Produce`.
    Type,
}

/// What there is to know of a metric.
#[derive(Debug, Clone, Copy)]
pub struct MetricInfo {
    /// Which one.
    pub metric: Metric,
    /// Its public name.
    pub name: &'static str,
    /// What it says.
    pub description: &'static str,
    /// How it adds up.
    pub kind: Kind,
    /// In UCUM: `By`, `1`.
    pub unit: &'static str,
    /// What tells its series apart.
    pub labels: &'static [Label],
}

const TOPIC: &[Label] = &[Label::Topic];
const TYPE: &[Label] = &[Label::Type];

/// Every metric, by name.
pub static METRICS: &[MetricInfo] = &[
    gauge(
        Metric::ActiveConnectionCount,
        "io.confluent.kafka.server/active_connection_count",
        "The count of connections of clients that are signed in.",
        "1",
        &[],
    ),
    gauge(
        Metric::PartitionCount,
        "io.confluent.kafka.server/partition_count",
        "The count of partitions.",
        "1",
        &[],
    ),
    counter(
        Metric::ReceivedBytes,
        "io.confluent.kafka.server/received_bytes",
        "The count of bytes of records that clients sent in a minute, as they compressed them.",
        "By",
        TOPIC,
    ),
    counter(
        Metric::ReceivedRecords,
        "io.confluent.kafka.server/received_records",
        "The count of records that clients sent in a minute.",
        "1",
        TOPIC,
    ),
    counter(
        Metric::RequestBytes,
        "io.confluent.kafka.server/request_bytes",
        "The count of bytes of requests in a minute, by the kind of the request.",
        "By",
        TYPE,
    ),
    counter(
        Metric::RequestCount,
        "io.confluent.kafka.server/request_count",
        "The count of requests in a minute, by their kind.",
        "1",
        TYPE,
    ),
    counter(
        Metric::ResponseBytes,
        "io.confluent.kafka.server/response_bytes",
        "The count of bytes of answers in a minute, by the kind of the request.",
        "By",
        TYPE,
    ),
    gauge(
        Metric::RetainedBytes,
        "io.confluent.kafka.server/retained_bytes",
        "The bytes of records that are kept, counted once, however often they are stored.",
        "By",
        TOPIC,
    ),
    counter(
        Metric::SentBytes,
        "io.confluent.kafka.server/sent_bytes",
        "The count of bytes of records that clients got in a minute, as they are stored.",
        "By",
        TOPIC,
    ),
    counter(
        Metric::SentRecords,
        "io.confluent.kafka.server/sent_records",
        "The count of records that clients got in a minute.",
        "1",
        TOPIC,
    ),
    counter(
        Metric::SuccessfulAuthenticationCount,
        "io.confluent.kafka.server/successful_authentication_count",
        "The count of clients that signed in in a minute.",
        "1",
        &[],
    ),
];

const fn counter(
    metric: Metric,
    name: &'static str,
    description: &'static str,
    unit: &'static str,
    labels: &'static [Label],
) -> MetricInfo {
    MetricInfo { metric, name, description, kind: Kind::Counter, unit, labels }
}

const fn gauge(
    metric: Metric,
    name: &'static str,
    description: &'static str,
    unit: &'static str,
    labels: &'static [Label],
) -> MetricInfo {
    MetricInfo { metric, name, description, kind: Kind::Gauge, unit, labels }
}

impl Metric {
    /// The metric with this public name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        METRICS.iter().find(|info| info.name == name).map(|info| info.metric)
    }

    /// What there is to know of it.
    ///
    /// # Panics
    /// Never: the table has every metric, and a test says so.
    #[must_use]
    pub fn info(self) -> &'static MetricInfo {
        METRICS.iter().find(|info| info.metric == self).expect("the table has every metric")
    }
}

impl Label {
    /// The name in descriptors and exports: `topic`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Type => "type",
        }
    }

    /// The name in queries and their answers: `metric.topic`.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Topic => "metric.topic",
            Self::Type => "metric.type",
        }
    }

    /// What it says.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Topic => "The name of the Kafka topic.",
            Self::Type => "The kind of the request, by its name in the Kafka protocol.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_found_both_ways() {
        assert!(METRICS.windows(2).all(|two| two[0].name < two[1].name));
        assert!(METRICS.windows(2).all(|two| two[0].metric < two[1].metric));
        // The last of the enumeration is the last of the table, so none is missing.
        let all = Metric::SuccessfulAuthenticationCount as usize + 1;
        assert_eq!(METRICS.len(), all);
        for info in METRICS {
            assert_eq!(Metric::named(info.name), Some(info.metric));
            assert_eq!(info.metric.info().name, info.name);
        }
        assert_eq!(Metric::named("received_bytes"), None);
    }
}
