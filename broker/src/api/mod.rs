//! The APIs, one file each: decode, ask the cell, encode.

mod acls;
mod allowed;
mod cluster;
mod configs;
mod create_topics;
mod delete_records;
mod delete_topics;
mod fetch;
mod find_coordinator;
mod group;
mod leader_epoch;
mod leaders;
mod list_offsets;
mod metadata;
mod partitions;
pub(crate) mod produce;
mod producer_id;
mod quotas;
mod topic_error;
pub(crate) mod versions;

use bytes::Bytes;
use protocol::versions::key;

use crate::server::{BadRequest, Request, Server};

/// Sends a request to its handler.
pub(crate) async fn route(server: &Server, r: &Request<'_>) -> Result<Vec<Bytes>, BadRequest> {
    let cell = &server.cell;
    let answer = match r.api.key {
        key::FETCH => return fetch::handle(cell, r).await,
        key::LIST_OFFSETS => list_offsets::handle(cell, r).await,
        key::METADATA => metadata::handle(cell, r).await,
        key::CREATE_TOPICS => create_topics::handle(cell, r).await,
        key::DELETE_TOPICS => delete_topics::handle(server, r).await,
        key::DELETE_RECORDS => delete_records::handle(cell, r).await,
        key::CREATE_PARTITIONS => partitions::handle(cell, r).await,
        key::INIT_PRODUCER_ID => producer_id::handle(cell, r),
        key::OFFSET_FOR_LEADER_EPOCH => leader_epoch::handle(cell, r),
        key::DESCRIBE_CONFIGS => configs::describe(cell, r),
        key::ALTER_CONFIGS => configs::replace(cell, r).await,
        key::INCREMENTAL_ALTER_CONFIGS => configs::change(cell, r).await,
        key::DESCRIBE_ACLS => acls::describe(cell, r),
        key::CREATE_ACLS => acls::create(cell, r).await,
        key::DELETE_ACLS => acls::delete(cell, r).await,
        key::DESCRIBE_CLIENT_QUOTAS => quotas::describe(cell, r),
        key::ALTER_CLIENT_QUOTAS => quotas::alter(cell, r).await,
        key::DESCRIBE_CLUSTER => cluster::handle(cell, r),
        _ => group::route(server, r).await,
    };
    answer.map(|bytes| vec![bytes])
}
