//! The group APIs: translated by `group::wire`, decided by the coordinator slots.

use bytes::Bytes;
use common_types::acl::{Operation, ResourceType};
use kafka_protocol::messages as m;
use protocol::versions::key;

use super::{allowed, find_coordinator};
use crate::group::wire::{self, ClientInfo, FetchAnswer, GroupDescription, ResolvedTopic};
use crate::group::{
    CommitResponse, Effects, GroupCoordinator, GroupError, GroupKey, JoinResponse, Now, Response,
    Token,
};
use crate::server::{BadRequest, Request, Server};

pub(super) async fn route(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    match r.api.key {
        key::FIND_COORDINATOR => find_coordinator::handle(server, r),
        key::JOIN_GROUP => join(server, r).await,
        key::SYNC_GROUP => sync(server, r).await,
        key::HEARTBEAT => heartbeat(server, r).await,
        key::LEAVE_GROUP => leave(server, r).await,
        key::OFFSET_COMMIT => commit(server, r).await,
        key::OFFSET_FETCH => fetch(server, r).await,
        key::OFFSET_DELETE => delete_offsets(server, r).await,
        key::DESCRIBE_GROUPS => describe(server, r),
        key::LIST_GROUPS => list(server, r),
        key::DELETE_GROUPS => delete(server, r).await,
        other => Err(BadRequest(format!("API {other} has no handler"))),
    }
}

fn may(
    server: &Server,
    r: &Request<'_>,
    operation: Operation,
    group: &str,
) -> Result<(), GroupError> {
    let permitted = allowed::on_group(&server.cell, r.into(), operation, group);
    permitted.map_err(|_| GroupError::GroupAuthorizationFailed)
}

/// Asks the slot of a group. `pick` takes the answer apart; no answer means that the log has ended.
async fn ask<T>(
    server: &Server,
    r: &Request<'_>,
    (operation, group): (Operation, &GroupKey),
    question: impl FnOnce(&mut GroupCoordinator, Now, Token) -> Effects,
    pick: impl FnOnce(Response) -> Option<T>,
) -> Result<T, GroupError> {
    may(server, r, operation, &group.group)?;
    let answer = server.groups.ask(group.tenant, &group.group, question).await?;
    pick(answer).ok_or(GroupError::CoordinatorNotAvailable)
}

async fn join(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: m::JoinGroupRequest = r.decode()?;
    let client = ClientInfo { client_id: r.client_id.into(), address: r.client_address };
    let question = wire::join_from_wire(r.session.tenant, &request, r.version, &client);
    let pick = |a| if let Response::Join(a) = a { Some(a) } else { None };
    let group = (Operation::Read, &question.key);
    let ask = ask(server, r, group, |c, now, t| c.join(now, &question, t), pick).await;
    let refused = |e| JoinResponse { member_id: question.member_id.clone(), result: Err(e) };
    r.answer(&wire::join_to_wire(&ask.unwrap_or_else(refused), r.version))
}

async fn sync(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: m::SyncGroupRequest = r.decode()?;
    let question = wire::sync_from_wire(r.session.tenant, &request);
    let pick = |a| if let Response::Sync(a) = a { Some(a) } else { None };
    let group = (Operation::Read, &question.key);
    let answer = ask(server, r, group, |c, now, t| c.sync(now, &question, t), pick).await;
    r.answer(&wire::sync_to_wire(&answer.unwrap_or_else(Err)))
}

async fn heartbeat(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: m::HeartbeatRequest = r.decode()?;
    let question = wire::heartbeat_from_wire(r.session.tenant, &request);
    let pick = |a| if let Response::Heartbeat(a) = a { Some(a) } else { None };
    let beat = |c: &mut GroupCoordinator, now, t| c.heartbeat(now, &question, t);
    let answer = ask(server, r, (Operation::Read, &question.key), beat, pick).await;
    r.answer(&wire::heartbeat_to_wire(&answer.unwrap_or_else(Err)))
}

async fn leave(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: m::LeaveGroupRequest = r.decode()?;
    let question = wire::leave_from_wire(r.session.tenant, &request, r.version);
    let pick = |a| if let Response::Leave(a) = a { Some(a) } else { None };
    let group = (Operation::Read, &question.key);
    let answer = ask(server, r, group, |c, now, t| c.leave(now, &question, t), pick).await;
    r.answer(&wire::leave_to_wire(&answer.unwrap_or_else(Err), r.version))
}

/// The topic of a name, for what this client wants with it.
fn resolve(
    server: &Server,
    r: &Request<'_>,
    operation: Operation,
    name: &str,
) -> Result<ResolvedTopic, GroupError> {
    let permitted = allowed::on_topic(&server.cell, r.into(), operation, name);
    permitted.map_err(|_| GroupError::TopicAuthorizationFailed)?;
    let topic = server.cell.topic(r.session.tenant, name);
    let topic = topic.ok_or(GroupError::UnknownTopicOrPartition)?;
    let partitions = i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX);
    Ok(ResolvedTopic { id: topic.id, partitions })
}

async fn commit(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: m::OffsetCommitRequest = r.decode()?;
    let resolve = |name: &str| resolve(server, r, Operation::Read, name);
    let question = wire::commit_from_wire(r.session.tenant, &request, &resolve);
    let pick = |a| if let Response::Commit(a) = a { Some(a) } else { None };
    let group = (Operation::Read, &question.key);
    let answer = ask(server, r, group, |c, now, t| c.commit(now, &question, t), pick).await;
    let answer = answer.unwrap_or_else(|e| CommitResponse::refused(&question, e));
    r.answer(&wire::commit_to_wire(&answer, r.version))
}

async fn fetch(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: m::OffsetFetchRequest = r.decode()?;
    // Who goes on from a committed offset must not go on from one that another coordinator has passed.
    let proven = server.cell.proven().await;
    let tenant = r.session.tenant;
    let resolve = |name: &str| resolve(server, r, Operation::Describe, name);
    let questions = wire::offset_fetch_from_wire(tenant, &request, r.version, &resolve);
    let visible = |name: &str| allowed::shows_topic(&server.cell, r.session, name);
    let answers: Vec<FetchAnswer> = questions
        .into_iter()
        .map(|question| {
            let key = &question.key;
            let look = || {
                server.groups.look(tenant, &key.group, |c| match &question.topics {
                    Some(topics) => c.fetch(key, topics),
                    None => {
                        let mut all = c.fetch_all(key);
                        all.retain(|topic| visible(&topic.name));
                        all
                    }
                })
            };
            let looked = may(server, r, Operation::Describe, &key.group).and_then(|()| look());
            let result =
                looked.and_then(|found| proven.then_some(found).ok_or(GroupError::NotCoordinator));
            FetchAnswer { question, result }
        })
        .collect();
    r.answer(&wire::offset_fetch_to_wire(&answers, r.version))
}

async fn delete_offsets(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: m::OffsetDeleteRequest = r.decode()?;
    let resolve = |name: &str| resolve(server, r, Operation::Read, name);
    let question = wire::delete_offsets_from_wire(r.session.tenant, &request, &resolve);
    let pick = |a| if let Response::DeleteOffsets(a) = a { Some(a) } else { None };
    let delete = |c: &mut GroupCoordinator, now, t| c.delete_offsets(now, &question, t);
    let answer = ask(server, r, (Operation::Delete, &question.key), delete, pick).await;
    r.answer(&wire::delete_offsets_to_wire(&answer.unwrap_or_else(Err)))
}

fn describe(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: m::DescribeGroupsRequest = r.decode()?;
    let described: Vec<GroupDescription> =
        wire::describe_groups_from_wire(r.session.tenant, &request)
            .into_iter()
            .map(|key| GroupDescription {
                result: may(server, r, Operation::Describe, &key.group).and_then(|()| {
                    server.groups.look(key.tenant, &key.group, |c| c.describe(&key))
                }),
                authorized_operations: request.include_authorized_operations.then(|| {
                    let group = ResourceType::Group;
                    allowed::operations(&server.cell, r.session, group, &key.group)
                }),
                key,
            })
            .collect();
    r.answer(&wire::describe_groups_to_wire(&described, r.version))
}

fn list(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: m::ListGroupsRequest = r.decode()?;
    let filter = wire::list_groups_from_wire(&request);
    let mut groups = server.groups.look_all(|c| c.list(r.session.tenant)).concat();
    // Who may see no group sees an empty list, as in Kafka.
    if !allowed::shows_cluster(&server.cell, r.session) {
        groups.retain(|g| allowed::shows_group(&server.cell, r.session, &g.group));
    }
    r.answer(&wire::list_groups_to_wire(&groups, &filter))
}

async fn delete(server: &Server, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: m::DeleteGroupsRequest = r.decode()?;
    let mut results = Vec::new();
    for key in wire::delete_groups_from_wire(r.session.tenant, &request) {
        let pick = |a| if let Response::DeleteGroup(a) = a { Some(a) } else { None };
        let group = (Operation::Delete, &key);
        let answer = ask(server, r, group, |c, now, t| c.delete_group(now, &key, t), pick).await;
        let result = answer.and_then(|done| done);
        results.push((key, result));
    }
    r.answer(&wire::delete_groups_to_wire(&results))
}
