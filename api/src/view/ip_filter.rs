use api_app::{Endpoints, model};
use api_types::{
    IpFilter, IpFilterCategory, IpFilterOperations, IpFilterSummary, IpGroup, ObjectRef,
};
use common_types::crn;

use super::meta;

pub(crate) fn ip_group(endpoints: &Endpoints, row: model::IpGroup) -> IpGroup {
    let path = format!("/iam/v2/ip-groups/{}", row.id);
    let name = format!("{}/ip-group={}", crn::organization(&row.organization_id), row.id);
    IpGroup {
        api_version: "iam/v2".to_owned(),
        kind: "IpGroup".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        group_name: row.group_name,
        cidr_blocks: row.cidr_blocks,
    }
}

pub(crate) fn ip_filter(endpoints: &Endpoints, row: model::IpFilter) -> IpFilter {
    let path = format!("/iam/v2/ip-filters/{}", row.id);
    let organization = crn::organization(&row.organization_id);
    let name = format!("{organization}/ip-filter={}", row.id);
    let group = |id: String| ObjectRef {
        related: format!("{}/iam/v2/ip-groups/{id}", endpoints.api_base_url),
        resource_name: format!("{organization}/ip-group={id}"),
        api_version: Some("iam/v2".to_owned()),
        kind: Some("IpGroup".to_owned()),
        environment: None,
        id,
    };
    IpFilter {
        api_version: "iam/v2".to_owned(),
        kind: "IpFilter".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        filter_name: row.filter_name,
        resource_group: row.resource_group,
        resource_scope: row.resource_scope,
        operation_groups: row.operation_groups.iter().map(|it| it.as_str().to_owned()).collect(),
        ip_groups: row.ip_group_ids.into_iter().map(group).collect(),
    }
}

pub(crate) fn ip_filter_summary(scope: &str, limited: bool) -> IpFilterSummary {
    let status = if limited { "LIMITED" } else { "OPEN" }.to_owned();
    let name = model::OperationGroup::Management.as_str().to_owned();
    let operations = IpFilterOperations { name, status: status.clone() };
    IpFilterSummary {
        api_version: "iam/v2".to_owned(),
        kind: "IpFilterSummary".to_owned(),
        scope: scope.to_owned(),
        categories: vec![IpFilterCategory {
            name: "management".to_owned(),
            status,
            operation_groups: vec![operations],
        }],
    }
}
