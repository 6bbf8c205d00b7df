use api_app::{AccountWish, Versioned, model};
use api_types::{Failure, List, ServiceAccount, ServiceAccountRequest};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Creation, JsonBody, Params, made, tagged};
use crate::view;

/// Lists service accounts.
#[utoipa::path(get, path = "/iam/v2/service-accounts", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("display_name" = Option<Vec<String>>, Query, description = "Only these names, exactly"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<ServiceAccount>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_service_accounts(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<ServiceAccount>>> {
    let names = params.all("display_name");
    let page = state.app.service_accounts(&caller, &names, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("iam/v2", "ServiceAccount", "/iam/v2/service-accounts");
    let view = |row| view::service_account(endpoints, row);
    Ok(Json(view::list(endpoints, place, &params, page, view)))
}

/// Creates a service account.
#[utoipa::path(post, path = "/iam/v2/service-accounts", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = ServiceAccountRequest,
    responses(
        (status = 201, description = "The new service account", body = ServiceAccount),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_service_account(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<ServiceAccountRequest>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let answer = |row: &model::ServiceAccount| {
        made(StatusCode::CREATED, &view::service_account(endpoints, row.clone()))
    };
    let new = state.app.create_service_account(&caller, wish(body), terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads a service account.
#[utoipa::path(get, path = "/iam/v2/service-accounts/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`sa-…`")),
    responses(
        (status = 200, description = "The service account", body = ServiceAccount),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_service_account(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.service_account(&caller, &id).await?;
    Ok(tagged(row.version(), view::service_account(state.app.endpoints(), row)))
}

/// Changes a service account.
#[utoipa::path(patch, path = "/iam/v2/service-accounts/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`sa-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = ServiceAccountRequest,
    responses(
        (status = 200, description = "The service account as it is", body = ServiceAccount),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_service_account(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<ServiceAccountRequest>,
) -> ApiResult<Response> {
    let row = state.app.update_service_account(&caller, &id, wish(body), &changing.0).await?;
    Ok(changing.reply(row.version(), view::service_account(state.app.endpoints(), row)))
}

/// Deletes a service account with its keys and role bindings.
#[utoipa::path(delete, path = "/iam/v2/service-accounts/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`sa-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_service_account(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_service_account(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

fn wish(body: ServiceAccountRequest) -> AccountWish {
    AccountWish { display_name: body.display_name, description: body.description }
}
