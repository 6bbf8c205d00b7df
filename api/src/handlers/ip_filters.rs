use api_app::{IpFilterQuery, IpFilterWish, Versioned, model};
use api_types::{Failure, IdRef, IpFilter, IpFilterRequest, IpFilterSummary, List};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Creation, JsonBody, Params, made, tagged};
use crate::view;

/// Lists IP filters.
#[utoipa::path(get, path = "/iam/v2/ip-filters", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("resource_scope" = Option<String>, Query, description = "Only on this scope"),
        ("include_parent_scopes" = Option<bool>, Query, description = "Also on scopes above it"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<IpFilter>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_ip_filters(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<IpFilter>>> {
    let query = IpFilterQuery {
        resource_scope: params.owned("resource_scope"),
        include_parent_scopes: params.flag("include_parent_scopes")?,
    };
    let page = state.app.ip_filters(&caller, &query, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("iam/v2", "IpFilter", "/iam/v2/ip-filters");
    Ok(Json(view::list(endpoints, place, &params, page, |row| view::ip_filter(endpoints, row))))
}

/// Makes an IP filter. It is in force when this is answered.
#[utoipa::path(post, path = "/iam/v2/ip-filters", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = IpFilterRequest,
    responses(
        (status = 201, description = "The new one", body = IpFilter),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_ip_filter(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<IpFilterRequest>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let answer =
        |row: &model::IpFilter| made(StatusCode::CREATED, &view::ip_filter(endpoints, row.clone()));
    let new = state.app.create_ip_filter(&caller, wish(body), terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads an IP filter.
#[utoipa::path(get, path = "/iam/v2/ip-filters/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`ipf-…`")),
    responses(
        (status = 200, description = "As it is", body = IpFilter),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_ip_filter(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.ip_filter(&caller, &id).await?;
    Ok(tagged(row.version(), view::ip_filter(state.app.endpoints(), row)))
}

/// Changes an IP filter. It is in force when this is answered.
#[utoipa::path(patch, path = "/iam/v2/ip-filters/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`ipf-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = IpFilterRequest,
    responses(
        (status = 200, description = "As it is", body = IpFilter),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_ip_filter(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<IpFilterRequest>,
) -> ApiResult<Response> {
    let row = state.app.update_ip_filter(&caller, &id, wish(body), &changing.0).await?;
    Ok(changing.reply(row.version(), view::ip_filter(state.app.endpoints(), row)))
}

/// Deletes an IP filter.
#[utoipa::path(delete, path = "/iam/v2/ip-filters/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`ipf-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_ip_filter(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_ip_filter(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

/// Says what is open and what IP filters limit.
#[utoipa::path(get, path = "/iam/v2/ip-filter-summary", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("scope" = String, Query, description = "The CRN of the organization")),
    responses(
        (status = 200, description = "What is filtered", body = IpFilterSummary),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_ip_filter_summary(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<IpFilterSummary>> {
    let scope = params.first("scope").unwrap_or_default();
    let limited = state.app.ip_filter_summary(&caller, scope).await?;
    Ok(Json(view::ip_filter_summary(scope, limited)))
}

fn wish(body: IpFilterRequest) -> IpFilterWish {
    let ids = |groups: Vec<IdRef>| groups.into_iter().map(|group| group.id).collect();
    IpFilterWish {
        filter_name: body.filter_name,
        resource_group: body.resource_group,
        resource_scope: body.resource_scope,
        operation_groups: body.operation_groups,
        ip_group_ids: body.ip_groups.map(ids),
    }
}
