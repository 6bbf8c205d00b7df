use kafka_protocol::messages::list_groups_response::ListedGroup as WireGroup;
use kafka_protocol::messages::{GroupId, ListGroupsRequest, ListGroupsResponse};

use super::text::str_bytes;
use crate::group::ListedGroup;

/// The only type of group there is: members share out the work themselves.
const CLASSIC: &str = "classic";

/// Which groups a ListGroups request wants. An empty list wants all.
#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    states: Vec<String>,
    types: Vec<String>,
}

impl ListFilter {
    fn wants(&self, group: &ListedGroup) -> bool {
        let wants = |wanted: &[String], is: &str| {
            wanted.is_empty() || wanted.iter().any(|w| w.eq_ignore_ascii_case(is))
        };
        wants(&self.states, group.state.as_str()) && wants(&self.types, CLASSIC)
    }
}

/// The filters of a ListGroups request.
#[must_use]
pub fn list_groups_from_wire(request: &ListGroupsRequest) -> ListFilter {
    ListFilter {
        states: request.states_filter.iter().map(ToString::to_string).collect(),
        types: request.types_filter.iter().map(ToString::to_string).collect(),
    }
}

/// The answer to a ListGroups request, from the lists of all slots.
#[must_use]
pub fn list_groups_to_wire(groups: &[ListedGroup], filter: &ListFilter) -> ListGroupsResponse {
    let line = |g: &ListedGroup| {
        WireGroup::default()
            .with_group_id(GroupId(str_bytes(&g.group)))
            .with_protocol_type(str_bytes(&g.protocol_type))
            .with_group_state(str_bytes(g.state.as_str()))
            .with_group_type(str_bytes(CLASSIC))
    };
    let wanted = groups.iter().filter(|g| filter.wants(g));
    ListGroupsResponse::default().with_groups(wanted.map(line).collect())
}
