use api_app::{EnvironmentWish, Versioned, model};
use api_types::{Environment, EnvironmentRequest, Failure, List};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Creation, JsonBody, Params, made, tagged};
use crate::view;

/// Lists environments.
#[utoipa::path(get, path = "/org/v2/environments", tag = "org/v2",
    security(("cloud_key" = [])),
    params(
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<Environment>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_environments(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<Environment>>> {
    let page = state.app.environments(&caller, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("org/v2", "Environment", "/org/v2/environments");
    Ok(Json(view::list(endpoints, place, &params, page, |row| view::environment(endpoints, row))))
}

/// Creates an environment.
#[utoipa::path(post, path = "/org/v2/environments", tag = "org/v2",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = EnvironmentRequest,
    responses(
        (status = 201, description = "The new environment", body = Environment),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_environment(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<EnvironmentRequest>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let answer = |row: &model::Environment| {
        made(StatusCode::CREATED, &view::environment(endpoints, row.clone()))
    };
    let new = state.app.create_environment(&caller, wish(body), terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads an environment.
#[utoipa::path(get, path = "/org/v2/environments/{id}", tag = "org/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`env-…`")),
    responses(
        (status = 200, description = "The environment", body = Environment),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_environment(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.environment(&caller, &id).await?;
    Ok(tagged(row.version(), view::environment(state.app.endpoints(), row)))
}

/// Changes an environment.
#[utoipa::path(patch, path = "/org/v2/environments/{id}", tag = "org/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`env-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = EnvironmentRequest,
    responses(
        (status = 200, description = "The environment as it is", body = Environment),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_environment(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<EnvironmentRequest>,
) -> ApiResult<Response> {
    let row = state.app.update_environment(&caller, &id, wish(body), &changing.0).await?;
    Ok(changing.reply(row.version(), view::environment(state.app.endpoints(), row)))
}

/// Deletes an environment with everything in it.
#[utoipa::path(delete, path = "/org/v2/environments/{id}", tag = "org/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`env-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It reads as gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_environment(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_environment(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

fn wish(body: EnvironmentRequest) -> EnvironmentWish {
    EnvironmentWish {
        display_name: body.display_name,
        governance_package: body.stream_governance_config.map(|config| config.package),
    }
}
