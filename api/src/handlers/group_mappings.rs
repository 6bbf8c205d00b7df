use api_app::{GroupMappingWish, Versioned, model};
use api_types::{Failure, GroupMapping, GroupMappingRequest, List};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Creation, JsonBody, Params, made, tagged};
use crate::view;

/// Lists group mappings.
#[utoipa::path(get, path = "/iam/v2/sso/group-mappings", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<GroupMapping>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_group_mappings(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<GroupMapping>>> {
    let page = state.app.group_mappings(&caller, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("iam.v2/sso", "GroupMapping", "/iam/v2/sso/group-mappings");
    Ok(Json(view::list(endpoints, place, &params, page, |row| view::group_mapping(endpoints, row))))
}

/// Makes a group mapping.
#[utoipa::path(post, path = "/iam/v2/sso/group-mappings", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = GroupMappingRequest,
    responses(
        (status = 201, description = "The new one", body = GroupMapping),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_group_mapping(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<GroupMappingRequest>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let answer = |row: &model::GroupMapping| {
        made(StatusCode::CREATED, &view::group_mapping(endpoints, row.clone()))
    };
    let new = state.app.create_group_mapping(&caller, wish(body), terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads a group mapping.
#[utoipa::path(get, path = "/iam/v2/sso/group-mappings/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`group-…`")),
    responses(
        (status = 200, description = "As it is", body = GroupMapping),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_group_mapping(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.group_mapping(&caller, &id).await?;
    Ok(tagged(row.version(), view::group_mapping(state.app.endpoints(), row)))
}

/// Changes a group mapping: from the next request on.
#[utoipa::path(patch, path = "/iam/v2/sso/group-mappings/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`group-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = GroupMappingRequest,
    responses(
        (status = 200, description = "As it is", body = GroupMapping),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_group_mapping(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<GroupMappingRequest>,
) -> ApiResult<Response> {
    let row = state.app.update_group_mapping(&caller, &id, wish(body), &changing.0).await?;
    Ok(changing.reply(row.version(), view::group_mapping(state.app.endpoints(), row)))
}

/// Deletes a group mapping with its role bindings.
#[utoipa::path(delete, path = "/iam/v2/sso/group-mappings/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`group-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_group_mapping(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_group_mapping(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

fn wish(body: GroupMappingRequest) -> GroupMappingWish {
    GroupMappingWish {
        display_name: body.display_name,
        description: body.description,
        filter: body.filter,
    }
}
