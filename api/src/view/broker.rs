use api_app::{BrokerInfo, Endpoints, PartitionInfo};
use api_types::{KafkaBroker, KafkaReplica, Related};

use super::kafka::{meta, url};

pub(crate) fn broker(endpoints: &Endpoints, cluster: &str, info: BrokerInfo) -> KafkaBroker {
    let base = url(endpoints, cluster, &format!("/brokers/{}", info.id));
    KafkaBroker {
        kind: "KafkaBroker".to_owned(),
        metadata: meta(&base, cluster, &format!("/broker={}", info.id)),
        cluster_id: cluster.to_owned(),
        broker_id: info.id,
        host: Some(info.host),
        port: Some(info.port),
        rack: None,
    }
}

/// What each of its brokers is to a partition.
pub(crate) fn replicas(
    endpoints: &Endpoints,
    cluster: &str,
    topic: &str,
    info: &PartitionInfo,
) -> Vec<KafkaReplica> {
    let one = |id: i32| {
        let tail = format!("/topics/{topic}/partitions/{}/replicas/{id}", info.index);
        let crn = format!("/topic={topic}/partition={}/replica={id}", info.index);
        KafkaReplica {
            kind: "KafkaReplica".to_owned(),
            metadata: meta(&url(endpoints, cluster, &tail), cluster, &crn),
            cluster_id: cluster.to_owned(),
            topic_name: topic.to_owned(),
            partition_id: info.index,
            broker_id: id,
            is_leader: info.leader == Some(id),
            is_in_sync: info.isr.contains(&id),
            broker: Related { related: url(endpoints, cluster, &format!("/brokers/{id}")) },
        }
    };
    info.replicas.iter().copied().map(one).collect()
}
