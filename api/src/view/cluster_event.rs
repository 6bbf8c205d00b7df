use api_app::model;
use api_types::{ClusterEvent, rfc3339};

pub(crate) fn cluster_event(row: model::ClusterEvent) -> ClusterEvent {
    ClusterEvent {
        api_version: "weir/v1".to_owned(),
        kind: "ClusterEvent".to_owned(),
        id: row.id.to_string(),
        time: rfc3339(row.at_us),
        cluster_id: row.cluster_id,
        generation: row.generation,
        actor: row.actor,
        reason: row.reason,
        message: row.message,
    }
}
