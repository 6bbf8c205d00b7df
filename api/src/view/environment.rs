use api_app::{Endpoints, model};
use api_types::{Environment, GovernanceConfig, Organization};
use common_types::crn;

use super::meta;

pub(crate) fn environment(endpoints: &Endpoints, row: model::Environment) -> Environment {
    let path = format!("/org/v2/environments/{}", row.id);
    let name = crn::environment(&row.organization_id, &row.id);
    Environment {
        api_version: "org/v2".to_owned(),
        kind: "Environment".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        display_name: row.display_name,
        stream_governance_config: row
            .governance
            .map(|package| GovernanceConfig { package: package.as_str().to_owned() }),
    }
}

pub(crate) fn organization(endpoints: &Endpoints, row: model::Organization) -> Organization {
    let path = format!("/org/v2/organizations/{}", row.id);
    let name = crn::organization(&row.id);
    Organization {
        api_version: "org/v2".to_owned(),
        kind: "Organization".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        display_name: row.display_name,
        jit_enabled: row.jit_enabled,
    }
}
