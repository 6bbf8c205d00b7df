//! What a request may do, and the code that says no. Whoever asks for something by its name and may not have
//! it is noted for the audit log; what is only left out of a list is not.

use common_types::acl::{CLUSTER_NAME, Operation, ResourceType};
use protocol::error_code;

use crate::cell::{Cell, Session};
use crate::server::Request;

/// Who asks, with which API.
#[derive(Debug, Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) session: &'a Session,
    pub(super) api: i16,
}

impl<'a> From<&'a Request<'_>> for By<'a> {
    fn from(r: &'a Request<'_>) -> Self {
        Self { session: r.session, api: r.api.key }
    }
}

impl By<'_> {
    /// The answer to a question that is noted when it is no.
    fn require(
        self,
        cell: &Cell,
        (operation, resource, name): (Operation, ResourceType, &str),
        code: i16,
    ) -> Result<(), i16> {
        if cell.permits(self.session, operation, resource, name) {
            return Ok(());
        }
        cell.note_denied(self.session, self.api, (operation, resource, name));
        Err(code)
    }
}

pub(super) fn on_topic(
    cell: &Cell,
    by: By<'_>,
    operation: Operation,
    name: &str,
) -> Result<(), i16> {
    let asked = (operation, ResourceType::Topic, name);
    by.require(cell, asked, error_code::TOPIC_AUTHORIZATION_FAILED)
}

pub(super) fn on_cluster(cell: &Cell, by: By<'_>, operation: Operation) -> Result<(), i16> {
    let asked = (operation, ResourceType::Cluster, CLUSTER_NAME);
    by.require(cell, asked, error_code::CLUSTER_AUTHORIZATION_FAILED)
}

pub(super) fn on_group(
    cell: &Cell,
    by: By<'_>,
    operation: Operation,
    name: &str,
) -> Result<(), i16> {
    let asked = (operation, ResourceType::Group, name);
    by.require(cell, asked, error_code::GROUP_AUTHORIZATION_FAILED)
}

/// Whether a topic is shown in lists.
pub(super) fn shows_topic(cell: &Cell, session: &Session, name: &str) -> bool {
    cell.permits(session, Operation::Describe, ResourceType::Topic, name)
}

/// Whether a group is shown in lists: with all others, or by itself.
pub(super) fn shows_group(cell: &Cell, session: &Session, name: &str) -> bool {
    cell.permits(session, Operation::Describe, ResourceType::Group, name)
}

/// Whether what is about the whole cluster is shown.
pub(super) fn shows_cluster(cell: &Cell, session: &Session) -> bool {
    cell.permits(session, Operation::Describe, ResourceType::Cluster, CLUSTER_NAME)
}

/// Who may make topics may make this one; who may make this one too.
pub(super) fn creation(cell: &Cell, by: By<'_>, name: &str) -> Result<(), i16> {
    if cell.permits(by.session, Operation::Create, ResourceType::Cluster, CLUSTER_NAME) {
        return Ok(());
    }
    on_topic(cell, by, Operation::Create, name)
}

/// What a session may do with a resource, a bit for each operation (KIP-430).
pub(super) fn operations(
    cell: &Cell,
    session: &Session,
    resource: ResourceType,
    name: &str,
) -> i32 {
    let permitted = |o: &&Operation| cell.permits(session, **o, resource, name);
    let bit = |o: &Operation| 1_i32 << o.code();
    resource.operations().iter().filter(permitted).map(bit).sum()
}

/// What a session may do with the cluster, if it may know.
pub(super) fn cluster_operations(cell: &Cell, session: &Session) -> i32 {
    if shows_cluster(cell, session) {
        operations(cell, session, ResourceType::Cluster, CLUSTER_NAME)
    } else {
        0
    }
}
