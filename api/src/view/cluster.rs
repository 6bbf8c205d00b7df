use std::collections::BTreeMap;

use api_app::{Endpoints, model};
use api_types::{Cluster, ClusterConfig, ClusterEndpoints, ClusterSpec, ClusterStatus, ObjectRef};
use common_types::crn;

use super::meta;

pub(crate) fn cluster(endpoints: &Endpoints, row: model::Cluster) -> Cluster {
    let path = format!("/cmk/v2/clusters/{}", row.id);
    let name = crn::kafka_cluster(&row.organization_id, &row.environment_id, &row.id);
    let metadata = meta(endpoints, &path, name, row.created_us, row.updated_us);
    let reachable = row.phase == model::Phase::Provisioned;
    let shown = |text: &str| if reachable { text.to_owned() } else { String::new() };
    let public = ClusterEndpoints {
        kafka_bootstrap_endpoint: endpoints.kafka_bootstrap.clone(),
        http_endpoint: endpoints.kafka_rest_base_url.clone(),
        connection_type: "PUBLIC".to_owned(),
    };
    let all =
        if reachable { BTreeMap::from([("PUBLIC".to_owned(), public)]) } else { BTreeMap::new() };
    let status = ClusterStatus {
        phase: row.phase.as_str().to_owned(),
        cku: row.config.cku,
        labels: BTreeMap::from([("weir.placement".to_owned(), row.placement)]),
        message: row.message,
    };
    let spec = ClusterSpec {
        display_name: row.display_name,
        availability: row.availability.as_str().to_owned(),
        cloud: row.cloud,
        region: row.region,
        config: config(row.config),
        kafka_bootstrap_endpoint: shown(&endpoints.kafka_bootstrap),
        http_endpoint: shown(&endpoints.kafka_rest_base_url),
        api_endpoint: shown(&endpoints.api_base_url),
        endpoints: all,
        deletion_protection: row.deletion_protection,
        environment: environment_ref(endpoints, &row.organization_id, &row.environment_id),
        network: row.network_id.map(|id| plain_ref(endpoints, "/networking/v1/networks", id)),
        byok: row.byok_id.map(|id| plain_ref(endpoints, "/byok/v1/keys", id)),
    };
    Cluster {
        api_version: "cmk/v2".to_owned(),
        kind: "Cluster".to_owned(),
        id: row.id,
        metadata,
        spec,
        status,
    }
}

/// A reference to an environment.
pub(super) fn environment_ref(endpoints: &Endpoints, organization: &str, id: &str) -> ObjectRef {
    ObjectRef {
        id: id.to_owned(),
        related: format!("{}/org/v2/environments/{id}", endpoints.api_base_url),
        resource_name: crn::environment(organization, id),
        ..ObjectRef::default()
    }
}

fn plain_ref(endpoints: &Endpoints, path: &str, id: String) -> ObjectRef {
    let related = format!("{}{path}/{id}", endpoints.api_base_url);
    ObjectRef { id, related, ..ObjectRef::default() }
}

fn config(row: model::ClusterConfig) -> ClusterConfig {
    ClusterConfig {
        kind: row.kind.as_str().to_owned(),
        max_ecku: row.max_ecku,
        cku: row.cku,
        encryption_key: row.encryption_key,
        zones: row.zones,
        release_priority: row.release_priority,
    }
}
