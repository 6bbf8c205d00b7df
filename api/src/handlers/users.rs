use api_types::{Failure, List, User};
use axum::Json;
use axum::extract::{Path, State};

use crate::ApiState;
use crate::http::{ApiResult, CloudCaller, Params};
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
) -> ApiResult<Json<User>> {
    let row = state.app.user(&caller, &id).await?;
    Ok(Json(view::user(state.app.endpoints(), row)))
}
