//! What a request may do, and the code that says no.

use common_types::acl::{CLUSTER_NAME, Operation, ResourceType};
use protocol::error_code;

use crate::cell::{Cell, Session};

pub(super) fn on_topic(
    cell: &Cell,
    session: &Session,
    operation: Operation,
    name: &str,
) -> Result<(), i16> {
    let permitted = cell.permits(session, operation, ResourceType::Topic, name);
    permitted.then_some(()).ok_or(error_code::TOPIC_AUTHORIZATION_FAILED)
}

pub(super) fn on_cluster(cell: &Cell, session: &Session, operation: Operation) -> Result<(), i16> {
    let permitted = cell.permits(session, operation, ResourceType::Cluster, CLUSTER_NAME);
    permitted.then_some(()).ok_or(error_code::CLUSTER_AUTHORIZATION_FAILED)
}

/// Who may make topics may make this one; who may make this one too.
pub(super) fn creation(cell: &Cell, session: &Session, name: &str) -> Result<(), i16> {
    on_cluster(cell, session, Operation::Create)
        .or_else(|_| on_topic(cell, session, Operation::Create, name))
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
    match on_cluster(cell, session, Operation::Describe) {
        Ok(()) => operations(cell, session, ResourceType::Cluster, CLUSTER_NAME),
        Err(_) => 0,
    }
}
