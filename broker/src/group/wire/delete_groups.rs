use common_types::TenantId;
use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::{DeleteGroupsRequest, DeleteGroupsResponse, GroupId};

use super::text::{code, str_bytes, text};
use crate::group::{GroupError, GroupKey};

/// The groups a DeleteGroups request names.
#[must_use]
pub fn delete_groups_from_wire(tenant: TenantId, request: &DeleteGroupsRequest) -> Vec<GroupKey> {
    request.groups_names.iter().map(|g| GroupKey { tenant, group: text(g) }).collect()
}

/// The answer to a DeleteGroups request.
#[must_use]
pub fn delete_groups_to_wire(
    results: &[(GroupKey, Result<(), GroupError>)],
) -> DeleteGroupsResponse {
    let line = |(key, result): &(GroupKey, Result<(), GroupError>)| {
        DeletableGroupResult::default()
            .with_group_id(GroupId(str_bytes(&key.group)))
            .with_error_code(code(result))
    };
    DeleteGroupsResponse::default().with_results(results.iter().map(line).collect())
}
