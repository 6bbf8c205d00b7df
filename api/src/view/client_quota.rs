use api_app::{Endpoints, model};
use api_types::{ClientQuota, ClientQuotaSpec, ClientQuotaThroughput, ObjectRef};
use common_types::crn;
use common_types::quota::DEFAULT_PRINCIPAL;

use super::api_key::owner_ref;
use super::cluster::environment_ref;
use super::meta;

pub(crate) fn client_quota(endpoints: &Endpoints, row: model::ClientQuota) -> ClientQuota {
    let path = format!("/kafka-quotas/v1/client-quotas/{}", row.id);
    let organization = crn::organization(&row.organization_id);
    let name = format!("{organization}/client-quota={}", row.id);
    let principal = |id: String| {
        if id == DEFAULT_PRINCIPAL {
            return ObjectRef { id, ..ObjectRef::default() };
        }
        owner_ref(endpoints, &organization, id)
    };
    let text = |rate: Option<u64>| rate.map(|rate| rate.to_string());
    let spec = ClientQuotaSpec {
        display_name: row.display_name,
        description: row.description,
        throughput: ClientQuotaThroughput {
            ingress_byte_rate: text(row.throughput.ingress),
            egress_byte_rate: text(row.throughput.egress),
        },
        cluster: cluster_ref(
            endpoints,
            (&row.organization_id, &row.environment_id),
            &row.cluster_id,
        ),
        principals: row.principals.into_iter().map(principal).collect(),
        environment: environment_ref(endpoints, &row.organization_id, &row.environment_id),
    };
    ClientQuota {
        api_version: "kafka-quotas/v1".to_owned(),
        kind: "ClientQuota".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        spec,
    }
}

/// A reference to a cluster.
pub(super) fn cluster_ref(
    endpoints: &Endpoints,
    (organization, environment): (&str, &str),
    id: &str,
) -> ObjectRef {
    ObjectRef {
        id: id.to_owned(),
        related: format!("{}/cmk/v2/clusters/{id}", endpoints.api_base_url),
        resource_name: crn::cloud_cluster(organization, environment, id),
        environment: Some(environment.to_owned()),
        ..ObjectRef::default()
    }
}
