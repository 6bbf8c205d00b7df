use api_app::{ConfigEntry, ConfigSource, Endpoints, PartitionInfo, Topic, TopicState};
use api_types::{
    KafkaCluster, KafkaConfigSynonym, KafkaList, KafkaListMeta, KafkaMeta, KafkaPartition,
    KafkaTopic, KafkaTopicConfig, Related, TopicStatus,
};

pub(crate) fn kafka_cluster(endpoints: &Endpoints, id: &str) -> KafkaCluster {
    let base = url(endpoints, id, "");
    let related = |tail: &str| Related { related: format!("{base}{tail}") };
    KafkaCluster {
        kind: "KafkaCluster".to_owned(),
        metadata: meta(&base, id, ""),
        cluster_id: id.to_owned(),
        acls: related("/acls"),
        brokers: related("/brokers"),
        broker_configs: related("/broker-configs"),
        consumer_groups: related("/consumer-groups"),
        topics: related("/topics"),
        partition_reassignments: related("/topics/-/partitions/-/reassignment"),
    }
}

pub(crate) fn kafka_list<T>(
    endpoints: &Endpoints,
    cluster: &str,
    tail: &str,
    kind: &str,
    data: Vec<T>,
) -> KafkaList<T> {
    KafkaList {
        kind: format!("{kind}List"),
        metadata: KafkaListMeta { self_url: url(endpoints, cluster, tail), next: None },
        data,
    }
}

/// A topic; with `operations` also what the caller may do with it.
pub(crate) fn topic(
    endpoints: &Endpoints,
    cluster: &str,
    topic: Topic,
    operations: bool,
) -> KafkaTopic {
    let base = url(endpoints, cluster, &format!("/topics/{}", topic.name));
    let related = |tail: &str| Related { related: format!("{base}{tail}") };
    let status = match topic.state {
        TopicState::Served => None,
        TopicState::Pending => Some(TopicStatus { phase: "PENDING".to_owned(), message: None }),
        TopicState::Failed(why) => {
            Some(TopicStatus { phase: "FAILED".to_owned(), message: Some(why) })
        }
    };
    KafkaTopic {
        kind: "KafkaTopic".to_owned(),
        metadata: meta(&base, cluster, &format!("/topic={}", topic.name)),
        cluster_id: cluster.to_owned(),
        partitions: related("/partitions"),
        configs: related("/configs"),
        partition_reassignments: related("/partitions/-/reassignments"),
        topic_name: topic.name,
        is_internal: topic.is_internal,
        replication_factor: topic.replication_factor,
        partitions_count: topic.partitions,
        authorized_operations: operations
            .then(|| topic.operations.iter().map(ToString::to_string).collect()),
        status,
    }
}

/// A configuration; `family` is `configs` or `default-configs`.
pub(crate) fn topic_config(
    endpoints: &Endpoints,
    cluster: &str,
    topic: &str,
    family: &str,
    entry: ConfigEntry,
) -> KafkaTopicConfig {
    let base = url(endpoints, cluster, &format!("/topics/{topic}/{family}/{}", entry.name));
    let kind = if family == "configs" { "KafkaTopicConfig" } else { "KafkaTopicDefaultConfig" };
    KafkaTopicConfig {
        kind: kind.to_owned(),
        metadata: meta(&base, cluster, &format!("/topic={topic}/config={}", entry.name)),
        cluster_id: cluster.to_owned(),
        topic_name: topic.to_owned(),
        name: entry.name,
        value: entry.value,
        is_default: entry.is_default,
        is_read_only: entry.is_read_only,
        is_sensitive: entry.is_sensitive,
        source: source(entry.source).to_owned(),
        synonyms: entry
            .synonyms
            .into_iter()
            .map(|synonym| KafkaConfigSynonym {
                name: synonym.name,
                value: synonym.value,
                source: source(synonym.source).to_owned(),
            })
            .collect(),
    }
}

pub(crate) fn partition(
    endpoints: &Endpoints,
    cluster: &str,
    topic: &str,
    info: &PartitionInfo,
) -> KafkaPartition {
    let base = url(endpoints, cluster, &format!("/topics/{topic}/partitions/{}", info.index));
    KafkaPartition {
        kind: "KafkaPartition".to_owned(),
        metadata: meta(&base, cluster, &format!("/topic={topic}/partition={}", info.index)),
        cluster_id: cluster.to_owned(),
        topic_name: topic.to_owned(),
        partition_id: info.index,
        leader: info.leader.map(|id| Related { related: format!("{base}/replicas/{id}") }),
        replicas: Related { related: format!("{base}/replicas") },
        reassignment: Related { related: format!("{base}/reassignment") },
    }
}

pub(super) fn url(endpoints: &Endpoints, cluster: &str, tail: &str) -> String {
    format!("{}/kafka/v3/clusters/{cluster}{tail}", endpoints.kafka_rest_base_url)
}

pub(super) fn meta(url: &str, cluster: &str, tail: &str) -> KafkaMeta {
    KafkaMeta { self_url: url.to_owned(), resource_name: format!("crn:///kafka={cluster}{tail}") }
}

fn source(source: ConfigSource) -> &'static str {
    match source {
        ConfigSource::DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
        ConfigSource::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        ConfigSource::Default => "DEFAULT_CONFIG",
    }
}
