//! DescribeAcls, CreateAcls and DeleteAcls (keys 29, 30, 31). Changes go to the control plane, and are
//! answered when they are in force.

use std::sync::Arc;

use bytes::Bytes;
use common_types::acl::{
    Acl, AclFilter, Operation, Pattern, PatternFilter, Permission, ResourceType,
};
use common_types::limits::ACLS_PER_REQUEST_MAX;
use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::create_acls_response::AclCreationResult;
use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::delete_acls_response::{
    DeleteAclsFilterResult, DeleteAclsMatchingAcl,
};
use kafka_protocol::messages::describe_acls_response::{AclDescription, DescribeAclsResource};
use kafka_protocol::messages::{
    CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse,
    DescribeAclsRequest, DescribeAclsResponse,
};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;

use super::allowed;
use super::topic_error::text_of;
use crate::cell::{AclChange, AclRefusal, Asker, Cell};
use crate::server::{BadRequest, Request};

/// Kafka's number for a search that is not narrowed.
const ANY: i8 = 1;
/// Kafka's number for a search by what decides.
const MATCH: i8 = 2;

/// A code, with words for the client.
type Refusal = (i16, Option<StrBytes>);

pub(super) fn describe(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: DescribeAclsRequest = r.decode()?;
    let wanted = may(cell, r, Operation::Describe).and_then(|()| {
        filter(Wire {
            resource_type: request.resource_type_filter,
            resource_name: request.resource_name_filter.as_ref(),
            pattern: request.pattern_type_filter,
            principal: request.principal_filter.as_ref(),
            host: request.host_filter.as_ref(),
            operation: request.operation,
            permission: request.permission_type,
        })
    });
    let answer = match wanted {
        Ok(filter) => {
            let mut acls = cell.acls(r.session.tenant);
            acls.retain(|acl| filter.matches(acl));
            DescribeAclsResponse::default().with_resources(by_resource(acls))
        }
        Err((code, text)) => {
            DescribeAclsResponse::default().with_error_code(code).with_error_message(text)
        }
    };
    r.answer(&answer)
}

fn by_resource(mut acls: Vec<Acl>) -> Vec<DescribeAclsResource> {
    acls.sort();
    let same = |a: &Acl, b: &Acl| {
        (a.resource_type, &a.resource_name, a.pattern)
            == (b.resource_type, &b.resource_name, b.pattern)
    };
    let description = |acl: &Acl| {
        AclDescription::default()
            .with_principal(text(&acl.principal))
            .with_host(text(&acl.host))
            .with_operation(acl.operation.code())
            .with_permission_type(acl.permission.code())
    };
    let resource = |acls: &[Acl]| {
        let of = DescribeAclsResource::default().with_acls(acls.iter().map(description).collect());
        match acls.first() {
            Some(acl) => of
                .with_resource_type(acl.resource_type.code())
                .with_resource_name(text(&acl.resource_name))
                .with_pattern_type(acl.pattern.code()),
            None => of,
        }
    };
    acls.chunk_by(same).map(resource).collect()
}

pub(super) async fn create(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: CreateAclsRequest = r.decode()?;
    let mut wanted: Vec<Result<Acl, Refusal>> = request.creations.iter().map(wish).collect();
    let acls: Vec<Acl> = wanted.iter().filter_map(|wish| wish.as_ref().ok()).cloned().collect();
    let (tenant, by) = (r.session.tenant, Asker::of(r.session));
    let mut made = may(cell, r, Operation::Alter).and_then(|()| bounded(wanted.len()));
    if made.is_ok() && !acls.is_empty() {
        let changed = cell.change_acls(AclChange::Create { tenant, acls, by }).await;
        made = changed.map(|_| ()).map_err(refused);
    }
    if let Err(refusal) = made {
        wanted.iter_mut().for_each(|wish| *wish = Err(refusal.clone()));
    }
    let result = |wish: Result<Acl, Refusal>| {
        let (code, text) = wish.err().unwrap_or((error_code::NONE, None));
        AclCreationResult::default().with_error_code(code).with_error_message(text)
    };
    r.answer(&CreateAclsResponse::default().with_results(wanted.into_iter().map(result).collect()))
}

pub(super) async fn delete(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: DeleteAclsRequest = r.decode()?;
    let wanted: Vec<Result<AclFilter, Refusal>> = request.filters.iter().map(search).collect();
    let filters: Vec<AclFilter> =
        wanted.iter().filter_map(|filter| filter.as_ref().ok()).cloned().collect();
    let (tenant, by) = (r.session.tenant, Asker::of(r.session));
    let mut gone = may(cell, r, Operation::Alter)
        .and_then(|()| bounded(wanted.len()))
        .map(|()| Vec::new().into_iter());
    if gone.is_ok() && !filters.is_empty() {
        let changed = cell.change_acls(AclChange::Delete { tenant, filters, by }).await;
        gone = changed.map(Vec::into_iter).map_err(refused);
    }
    let results = wanted.into_iter().map(|wanted| {
        let found = match (&mut gone, wanted) {
            (Err(refusal), _) => Err(refusal.clone()),
            (Ok(_), Err(refusal)) => Err(refusal),
            (Ok(gone), Ok(_)) => Ok(gone.next().unwrap_or_default()),
        };
        match found {
            Ok(acls) => DeleteAclsFilterResult::default()
                .with_matching_acls(acls.iter().map(matching).collect()),
            Err((code, text)) => {
                DeleteAclsFilterResult::default().with_error_code(code).with_error_message(text)
            }
        }
    });
    let results = results.collect();
    r.answer(&DeleteAclsResponse::default().with_filter_results(results))
}

fn matching(acl: &Acl) -> DeleteAclsMatchingAcl {
    DeleteAclsMatchingAcl::default()
        .with_resource_type(acl.resource_type.code())
        .with_resource_name(text(&acl.resource_name))
        .with_pattern_type(acl.pattern.code())
        .with_principal(text(&acl.principal))
        .with_host(text(&acl.host))
        .with_operation(acl.operation.code())
        .with_permission_type(acl.permission.code())
}

/// Who administers the cluster may always see and change lists: else a denial could not be taken back.
fn may(cell: &Cell, r: &Request<'_>, operation: Operation) -> Result<(), Refusal> {
    if cell.administers(r.session) {
        return Ok(());
    }
    allowed::on_cluster(cell, r.into(), operation).map_err(|code| (code, None))
}

fn bounded(count: usize) -> Result<(), Refusal> {
    if count <= ACLS_PER_REQUEST_MAX {
        return Ok(());
    }
    let text = format!("{count} ACLs in one request, at most {ACLS_PER_REQUEST_MAX} are taken");
    Err((error_code::INVALID_REQUEST, text_of(&text)))
}

fn refused(refusal: AclRefusal) -> Refusal {
    let code = match refusal {
        AclRefusal::Away(_) => error_code::REQUEST_TIMED_OUT,
        AclRefusal::Refused(_) => error_code::POLICY_VIOLATION,
    };
    (code, text_of(&refusal))
}

fn wish(c: &AclCreation) -> Result<Acl, Refusal> {
    let acl = Acl {
        resource_type: ResourceType::from_code(c.resource_type).ok_or_else(|| unknown("type"))?,
        resource_name: c.resource_name.to_string(),
        pattern: Pattern::from_code(c.resource_pattern_type).ok_or_else(|| unknown("pattern"))?,
        principal: c.principal.to_string(),
        host: c.host.to_string(),
        operation: Operation::from_code(c.operation).ok_or_else(|| unknown("operation"))?,
        permission: Permission::from_code(c.permission_type)
            .ok_or_else(|| unknown("permission"))?,
    };
    acl.check().map_err(|e| (error_code::INVALID_REQUEST, text_of(&e)))?;
    Ok(acl)
}

/// A search as it is on the wire.
struct Wire<'a> {
    resource_type: i8,
    resource_name: Option<&'a StrBytes>,
    pattern: i8,
    principal: Option<&'a StrBytes>,
    host: Option<&'a StrBytes>,
    operation: i8,
    permission: i8,
}

fn search(f: &DeleteAclsFilter) -> Result<AclFilter, Refusal> {
    filter(Wire {
        resource_type: f.resource_type_filter,
        resource_name: f.resource_name_filter.as_ref(),
        pattern: f.pattern_type_filter,
        principal: f.principal_filter.as_ref(),
        host: f.host_filter.as_ref(),
        operation: f.operation,
        permission: f.permission_type,
    })
}

fn filter(w: Wire<'_>) -> Result<AclFilter, Refusal> {
    fn one<T>(code: i8, read: impl Fn(i8) -> Option<T>, what: &str) -> Result<Option<T>, Refusal> {
        if code == ANY {
            return Ok(None);
        }
        read(code).map(Some).ok_or_else(|| unknown(what))
    }
    let name = |text: Option<&StrBytes>| text.map(ToString::to_string);
    Ok(AclFilter {
        resource_type: one(w.resource_type, ResourceType::from_code, "type")?,
        resource_name: name(w.resource_name),
        pattern: match w.pattern {
            MATCH => PatternFilter::Match,
            code => one(code, Pattern::from_code, "pattern")?
                .map_or(PatternFilter::Any, PatternFilter::Only),
        },
        principal: name(w.principal),
        host: name(w.host),
        operation: one(w.operation, Operation::from_code, "operation")?,
        permission: one(w.permission, Permission::from_code, "permission")?,
    })
}

fn unknown(what: &str) -> Refusal {
    let text = format!("an ACL cannot have this {what}");
    (error_code::INVALID_REQUEST, text_of(&text))
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}
