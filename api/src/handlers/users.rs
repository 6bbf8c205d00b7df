use api_app::Versioned;
use api_types::{Failure, List, User, UserUpdate};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, JsonBody, Params, tagged};
use crate::view;

/// Lists people.
#[utoipa::path(get, path = "/iam/v2/users", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<User>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_users(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<User>>> {
    let page = state.app.users(&caller, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("iam/v2", "User", "/iam/v2/users");
    Ok(Json(view::list(endpoints, place, &params, page, |row| view::user(endpoints, row))))
}

/// Reads a person.
#[utoipa::path(get, path = "/iam/v2/users/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`u-…`")),
    responses(
        (status = 200, description = "The person", body = User),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_user(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.user(&caller, &id).await?;
    Ok(tagged(row.version(), view::user(state.app.endpoints(), row)))
}

/// Changes the name of a person.
#[utoipa::path(patch, path = "/iam/v2/users/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`u-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = UserUpdate,
    responses(
        (status = 200, description = "As it is", body = User),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_user(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<UserUpdate>,
) -> ApiResult<Response> {
    let row = state.app.update_user(&caller, &id, body.full_name, &changing.0).await?;
    Ok(changing.reply(row.version(), view::user(state.app.endpoints(), row)))
}

/// Deletes a person: sessions end, keys and role bindings go. The last administrator who can sign in stays.
#[utoipa::path(delete, path = "/iam/v2/users/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`u-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "The person is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_user(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_user(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}
