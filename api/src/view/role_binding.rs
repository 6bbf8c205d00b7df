use api_app::{Endpoints, model};
use api_types::RoleBinding;
use common_types::crn;

use super::meta;

pub(crate) fn role_binding(endpoints: &Endpoints, row: model::RoleBinding) -> RoleBinding {
    let path = format!("/iam/v2/role-bindings/{}", row.id);
    let name = format!("{}/role-binding={}", crn::organization(&row.organization_id), row.id);
    RoleBinding {
        api_version: "iam/v2".to_owned(),
        kind: "RoleBinding".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        principal: row.principal,
        role_name: row.role.as_str().to_owned(),
        crn_pattern: row.crn_pattern,
    }
}
