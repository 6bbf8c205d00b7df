use api_app::{Endpoints, model};
use api_types::GroupMapping;
use common_types::crn;

use super::meta;

pub(crate) fn group_mapping(endpoints: &Endpoints, row: model::GroupMapping) -> GroupMapping {
    let path = format!("/iam/v2/sso/group-mappings/{}", row.id);
    let name = format!("{}/group-mapping={}", crn::organization(&row.organization_id), row.id);
    GroupMapping {
        api_version: "iam.v2/sso".to_owned(),
        kind: "GroupMapping".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        principal: row.id.clone(),
        id: row.id,
        display_name: row.display_name,
        description: row.description,
        filter: row.filter,
        // None can be put aside: whichever is not wanted is deleted.
        state: "ENABLED".to_owned(),
    }
}
