use api_app::{IdentityPoolWish, Versioned, model};
use api_types::{Failure, IdentityPool, IdentityPoolRequest, List};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Creation, JsonBody, Params, made, tagged};
use crate::view;

/// Lists the pools of an identity provider.
#[utoipa::path(get, path = "/iam/v2/identity-providers/{provider_id}/identity-pools", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("provider_id" = String, Path, description = "`op-…`"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<IdentityPool>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_identity_pools(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(provider): Path<String>,
    params: Params,
) -> ApiResult<Json<List<IdentityPool>>> {
    let page = state.app.identity_pools(&caller, &provider, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let path = format!("/iam/v2/identity-providers/{provider}/identity-pools");
    let place = ("iam/v2", "IdentityPool", path.as_str());
    Ok(Json(view::list(endpoints, place, &params, page, |row| view::identity_pool(endpoints, row))))
}

/// Makes an identity pool. It may do nothing until roles are bound to it.
#[utoipa::path(post, path = "/iam/v2/identity-providers/{provider_id}/identity-pools", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("provider_id" = String, Path, description = "`op-…`"),
        ("assigned_resource_owner" = Option<String>, Query, description = "`u-…` or `sa-…` who may read, change and delete the pool"),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = IdentityPoolRequest,
    responses(
        (status = 201, description = "The new one", body = IdentityPool),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_identity_pool(
    State(state): State<ApiState>,
    Path(provider): Path<String>,
    params: Params,
    Creation { caller, body, terms }: Creation<IdentityPoolRequest>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let answer = |row: &model::IdentityPool| {
        made(StatusCode::CREATED, &view::identity_pool(endpoints, row.clone()))
    };
    let wish = IdentityPoolWish { owner_id: params.owned("assigned_resource_owner"), ..wish(body) };
    let new = state.app.create_identity_pool(&caller, &provider, wish, terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads an identity pool.
#[utoipa::path(get, path = "/iam/v2/identity-providers/{provider_id}/identity-pools/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("provider_id" = String, Path, description = "`op-…`"),
        ("id" = String, Path, description = "`pool-…`"),
    ),
    responses(
        (status = 200, description = "As it is", body = IdentityPool),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_identity_pool(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path((provider, id)): Path<(String, String)>,
) -> ApiResult<Response> {
    let row = state.app.identity_pool(&caller, &provider, &id).await?;
    Ok(tagged(row.version(), view::identity_pool(state.app.endpoints(), row)))
}

/// Changes an identity pool. Access tokens on another filter end.
#[utoipa::path(patch, path = "/iam/v2/identity-providers/{provider_id}/identity-pools/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("provider_id" = String, Path, description = "`op-…`"),
        ("id" = String, Path, description = "`pool-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = IdentityPoolRequest,
    responses(
        (status = 200, description = "As it is", body = IdentityPool),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_identity_pool(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path((provider, id)): Path<(String, String)>,
    changing: Changing,
    JsonBody(body): JsonBody<IdentityPoolRequest>,
) -> ApiResult<Response> {
    let row =
        state.app.update_identity_pool(&caller, (&provider, &id), wish(body), &changing.0).await?;
    Ok(changing.reply(row.version(), view::identity_pool(state.app.endpoints(), row)))
}

/// Deletes an identity pool with its role bindings. Its access tokens end.
#[utoipa::path(delete, path = "/iam/v2/identity-providers/{provider_id}/identity-pools/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("provider_id" = String, Path, description = "`op-…`"),
        ("id" = String, Path, description = "`pool-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_identity_pool(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path((provider, id)): Path<(String, String)>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_identity_pool(&caller, (&provider, &id), &changing.0).await?;
    Ok(changing.gone())
}

fn wish(body: IdentityPoolRequest) -> IdentityPoolWish {
    IdentityPoolWish {
        display_name: body.display_name,
        description: body.description,
        identity_claim: body.identity_claim,
        filter: body.filter,
        owner_id: None,
    }
}
