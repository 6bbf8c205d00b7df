use std::str::FromStr;

use api_types::{AclBatch, AclCreate, AclsDeleted, KafkaAcl, KafkaError, KafkaList};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use common_types::acl::{Acl, AclFilter, PatternFilter};

use crate::ApiState;
use crate::http::{ApiResult, ClusterCaller, HttpFailure, JsonBody, Params};
use crate::view;

/// How some clients ask for the ACLs of all principals. Only in a search: deleting takes it as `User:*`.
const EVERY_PRINCIPAL: &str = "UserV2:*";

/// Lists the access control lists of a cluster that match a search.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/acls", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"),
        ("resource_type" = Option<String>, Query, description = "Only about these"),
        ("resource_name" = Option<String>, Query, description = "Only with this name"),
        ("pattern_type" = Option<String>, Query, description = "`LITERAL` or `PREFIXED`; `MATCH` finds what a resource of this name is decided by"),
        ("principal" = Option<String>, Query, description = "Only for this one; `UserV2:*` is all"),
        ("host" = Option<String>, Query, description = "Always `*`"),
        ("operation" = Option<String>, Query, description = "Only for this"),
        ("permission" = Option<String>, Query, description = "`ALLOW` or `DENY`"),
    ),
    responses(
        (status = 200, description = "All that match", body = KafkaList<KafkaAcl>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_acls(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path(cluster): Path<String>,
    params: Params,
) -> ApiResult<Json<KafkaList<KafkaAcl>>> {
    let mut filter = filter(&params)?;
    if params.first("principal") == Some(EVERY_PRINCIPAL) {
        filter.principal = None;
    }
    let acls = state.app.acls(&caller, &cluster, &filter).await?;
    let endpoints = state.app.endpoints();
    let data = acls.into_iter().map(|acl| view::acl(endpoints, &cluster, acl)).collect();
    Ok(Json(view::kafka_list(endpoints, &cluster, "/acls", "KafkaAcl", data)))
}

/// Makes an access control list, unless it is there. It is in force when this is answered.
#[utoipa::path(post, path = "/kafka/v3/clusters/{cluster_id}/acls", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`")),
    request_body = AclCreate,
    responses(
        (status = 201, description = "It is in force"),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn create_acl(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path(cluster): Path<String>,
    JsonBody(body): JsonBody<AclCreate>,
) -> ApiResult<StatusCode> {
    state.app.create_acls(&caller, &cluster, vec![wish(body)?]).await?;
    Ok(StatusCode::CREATED)
}

/// Makes several access control lists: all or none. They are in force when this is answered.
#[utoipa::path(post, path = "/kafka/v3/clusters/{cluster_id}/acls:batch", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`")),
    request_body = AclBatch,
    responses(
        (status = 201, description = "They are in force"),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn create_acls(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path(cluster): Path<String>,
    JsonBody(body): JsonBody<AclBatch>,
) -> ApiResult<StatusCode> {
    let data = body.data.ok_or_else(|| bad("data is required".to_owned()))?;
    let acls = data.into_iter().map(wish).collect::<Result<_, _>>()?;
    state.app.create_acls(&caller, &cluster, acls).await?;
    Ok(StatusCode::CREATED)
}

/// Deletes the access control lists that match a search. They are out of force when this is answered.
#[utoipa::path(delete, path = "/kafka/v3/clusters/{cluster_id}/acls", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"),
        ("resource_type" = String, Query, description = "`ANY` is all"),
        ("resource_name" = Option<String>, Query, description = "Only with this name"),
        ("pattern_type" = String, Query, description = "`ANY` is all"),
        ("principal" = Option<String>, Query, description = "Only for this one"),
        ("host" = Option<String>, Query, description = "Always `*`"),
        ("operation" = String, Query, description = "`ANY` is all"),
        ("permission" = String, Query, description = "`ANY` is all"),
    ),
    responses(
        (status = 200, description = "What was deleted; nothing is no failure", body = AclsDeleted),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn delete_acls(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path(cluster): Path<String>,
    params: Params,
) -> ApiResult<Json<AclsDeleted>> {
    // What is left out by mistake must not delete everything.
    for name in ["resource_type", "pattern_type", "operation", "permission"] {
        params.first(name).ok_or_else(|| required(name))?;
    }
    let gone = state.app.delete_acls(&caller, &cluster, filter(&params)?).await?;
    let endpoints = state.app.endpoints();
    let data = gone.into_iter().map(|acl| view::acl(endpoints, &cluster, acl)).collect();
    Ok(Json(AclsDeleted { data }))
}

fn wish(body: AclCreate) -> ApiResult<Acl> {
    fn read<T: FromStr>(name: &str, text: Option<String>) -> ApiResult<T>
    where
        T::Err: std::fmt::Display,
    {
        let text = text.ok_or_else(|| required(name))?;
        text.to_ascii_uppercase().parse().map_err(|error| bad(format!("{name}: {error}")))
    }
    Ok(Acl {
        resource_type: read("resource_type", body.resource_type)?,
        resource_name: body.resource_name.ok_or_else(|| required("resource_name"))?,
        pattern: read("pattern_type", body.pattern_type)?,
        principal: principal(&body.principal.ok_or_else(|| required("principal"))?),
        host: body.host.unwrap_or_else(|| "*".to_owned()),
        operation: read("operation", body.operation)?,
        permission: read("permission", body.permission)?,
    })
}

fn filter(params: &Params) -> ApiResult<AclFilter> {
    fn read<T: FromStr>(params: &Params, name: &str) -> ApiResult<Option<T>>
    where
        T::Err: std::fmt::Display,
    {
        let text = params.first(name).map(str::to_ascii_uppercase);
        let text = text.filter(|text| text != "ANY");
        let read = text.map(|text| text.parse()).transpose();
        read.map_err(|error| bad(format!("{name}: {error}")))
    }
    let is_match =
        params.first("pattern_type").is_some_and(|text| text.eq_ignore_ascii_case("MATCH"));
    let pattern = if is_match {
        PatternFilter::Match
    } else {
        read(params, "pattern_type")?.map_or(PatternFilter::Any, PatternFilter::Only)
    };
    Ok(AclFilter {
        resource_type: read(params, "resource_type")?,
        resource_name: params.owned("resource_name"),
        pattern,
        principal: params.first("principal").map(principal),
        host: params.owned("host"),
        operation: read(params, "operation")?,
        permission: read(params, "permission")?,
    })
}

/// Some clients write `UserV2:sa-…` for the same service account.
fn principal(text: &str) -> String {
    match text.strip_prefix("UserV2:") {
        Some(id) => format!("User:{id}"),
        None => text.to_owned(),
    }
}

fn required(name: &str) -> HttpFailure {
    bad(format!("{name} is required"))
}

fn bad(detail: String) -> HttpFailure {
    let mut failure = HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_acl", detail);
    failure.kafka_code = 40002;
    failure
}
