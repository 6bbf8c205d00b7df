use api_app::{IpGroupWish, Versioned, model};
use api_types::{Failure, IpGroup, IpGroupRequest, List};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Creation, JsonBody, Params, made, tagged};
use crate::view;

/// Lists groups of addresses.
#[utoipa::path(get, path = "/iam/v2/ip-groups", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<IpGroup>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_ip_groups(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<IpGroup>>> {
    let page = state.app.ip_groups(&caller, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("iam/v2", "IpGroup", "/iam/v2/ip-groups");
    Ok(Json(view::list(endpoints, place, &params, page, |row| view::ip_group(endpoints, row))))
}

/// Makes a group of addresses.
#[utoipa::path(post, path = "/iam/v2/ip-groups", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = IpGroupRequest,
    responses(
        (status = 201, description = "The new one", body = IpGroup),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_ip_group(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<IpGroupRequest>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let answer =
        |row: &model::IpGroup| made(StatusCode::CREATED, &view::ip_group(endpoints, row.clone()));
    let new = state.app.create_ip_group(&caller, wish(body), terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads a group of addresses.
#[utoipa::path(get, path = "/iam/v2/ip-groups/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`ipg-…`")),
    responses(
        (status = 200, description = "As it is", body = IpGroup),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_ip_group(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.ip_group(&caller, &id).await?;
    Ok(tagged(row.version(), view::ip_group(state.app.endpoints(), row)))
}

/// Changes a group of addresses.
#[utoipa::path(patch, path = "/iam/v2/ip-groups/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`ipg-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = IpGroupRequest,
    responses(
        (status = 200, description = "As it is", body = IpGroup),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_ip_group(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<IpGroupRequest>,
) -> ApiResult<Response> {
    let row = state.app.update_ip_group(&caller, &id, wish(body), &changing.0).await?;
    Ok(changing.reply(row.version(), view::ip_group(state.app.endpoints(), row)))
}

/// Deletes a group of addresses that no filter has.
#[utoipa::path(delete, path = "/iam/v2/ip-groups/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`ipg-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_ip_group(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_ip_group(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

fn wish(body: IpGroupRequest) -> IpGroupWish {
    IpGroupWish { group_name: body.group_name, cidr_blocks: body.cidr_blocks }
}
