use api_app::{self as app, Page, QuotaQuery};
use api_types::{AppliedQuota, Failure, List, QuotaScope};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::ApiState;
use crate::http::{ApiResult, CloudCaller, HttpFailure, Params};
use crate::view;

/// Lists the limits of a scope that are enforced, with what is used of them.
#[utoipa::path(get, path = "/service-quota/v1/applied-quotas", tag = "service-quota/v1",
    security(("cloud_key" = [])),
    params(
        ("scope" = String, Query, description = "Required: `KAFKA_CLUSTER` or `USER_ACCOUNT`"),
        ("environment" = Option<String>, Query, description = "Of limits of a cluster: its environment"),
        ("kafka_cluster" = Option<String>, Query, description = "Of limits of a cluster: which one"),
        ("id" = Option<String>, Query, description = "Only this limit"),
    ),
    responses(
        (status = 200, description = "All of them", body = List<AppliedQuota>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_applied_quotas(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<AppliedQuota>>> {
    params.page()?;
    let items = state.app.applied_quotas(&caller, params.first("scope"), query(&params)).await?;
    let endpoints = state.app.endpoints();
    let place = ("service-quota/v1", "AppliedQuota", "/service-quota/v1/applied-quotas");
    let view = |it| view::applied_quota(endpoints, it);
    Ok(Json(view::list(endpoints, place, &params, Page { items, next: None }, view)))
}

/// Reads a limit.
#[utoipa::path(get, path = "/service-quota/v1/applied-quotas/{id}", tag = "service-quota/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`kafka.max_acls.per_cluster`, for example"),
        ("environment" = Option<String>, Query, description = "Of limits of a cluster: its environment"),
        ("kafka_cluster" = Option<String>, Query, description = "Of limits of a cluster: which one"),
    ),
    responses(
        (status = 200, description = "As it is", body = AppliedQuota),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_applied_quota(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    params: Params,
) -> ApiResult<Json<AppliedQuota>> {
    let found = state.app.applied_quota(&caller, &id, query(&params)).await?;
    Ok(Json(view::applied_quota(state.app.endpoints(), found)))
}

/// Lists what limits can be about.
#[utoipa::path(get, path = "/service-quota/v1/scopes", tag = "service-quota/v1",
    security(("cloud_key" = [])),
    responses(
        (status = 200, description = "All of them", body = List<QuotaScope>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_quota_scopes(
    State(state): State<ApiState>,
    _: CloudCaller,
    params: Params,
) -> ApiResult<Json<List<QuotaScope>>> {
    params.page()?;
    let endpoints = state.app.endpoints();
    let place = ("service-quota/v1", "Scope", "/service-quota/v1/scopes");
    let page = Page { items: app::QuotaScope::ALL.to_vec(), next: None };
    Ok(Json(view::list(endpoints, place, &params, page, |it| view::quota_scope(endpoints, it))))
}

/// Reads what limits can be about.
#[utoipa::path(get, path = "/service-quota/v1/scopes/{id}", tag = "service-quota/v1",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`KAFKA_CLUSTER` or `USER_ACCOUNT`")),
    responses(
        (status = 200, description = "As it is", body = QuotaScope),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_quota_scope(
    State(state): State<ApiState>,
    _: CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Json<QuotaScope>> {
    let scope = app::QuotaScope::ALL.into_iter().find(|scope| scope.as_str() == id);
    let scope = scope.ok_or_else(|| {
        let detail = format!("resource not found: there is no scope {id:?}");
        HttpFailure::http(StatusCode::NOT_FOUND, "resource_not_found", detail)
    })?;
    Ok(Json(view::quota_scope(state.app.endpoints(), scope)))
}

fn query(params: &Params) -> QuotaQuery {
    QuotaQuery {
        cluster_id: params.owned("kafka_cluster"),
        environment_id: params.owned("environment"),
        id: params.owned("id").filter(|id| !id.is_empty()),
    }
}
