use api_app::{Endpoints, model};
use api_types::{Registry, RegistrySpec, RegistryStatus};
use common_types::crn;

use super::cluster::environment_ref;
use super::meta;

pub(crate) fn registry(
    endpoints: &Endpoints,
    environment: &model::Environment,
    row: model::Registry,
) -> Registry {
    let organization = &environment.organization_id;
    let path = format!("/srcm/v3/clusters/{}", row.id);
    let place = crn::environment(organization, &environment.id);
    let name = format!("{place}/schema-registry={}", row.id);
    // A registry is made for an environment with governance, and governance is never turned off.
    let package = environment.governance.unwrap_or(model::Package::Essentials);
    Registry {
        api_version: "srcm/v3".to_owned(),
        kind: "Cluster".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        spec: RegistrySpec {
            display_name: "Stream Governance Package".to_owned(),
            package: package.as_str().to_owned(),
            http_endpoint: endpoints.registry_base_url.clone(),
            catalog_http_endpoint: endpoints.registry_base_url.clone(),
            cloud: row.cloud,
            region: row.region,
            environment: environment_ref(endpoints, organization, &environment.id),
        },
        status: RegistryStatus { phase: "PROVISIONED".to_owned() },
    }
}
