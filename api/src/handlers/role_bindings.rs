use api_app::{BindingQuery, BindingWish, Versioned, model};
use api_types::{Failure, List, RoleBinding, RoleBindingCreate};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Creation, Params, made, tagged};
use crate::view;

/// Lists the role bindings on a scope; with `/*` at its end also those below it.
#[utoipa::path(get, path = "/iam/v2/role-bindings", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("crn_pattern" = String, Query, description = "The scope"),
        ("principal" = Option<String>, Query, description = "Only of this principal"),
        ("role_name" = Option<String>, Query, description = "Only of this role"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<RoleBinding>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_role_bindings(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<RoleBinding>>> {
    let query = BindingQuery {
        crn_pattern: params.owned("crn_pattern"),
        principal: params.owned("principal"),
        role_name: params.owned("role_name"),
    };
    let page = state.app.role_bindings(&caller, query, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("iam/v2", "RoleBinding", "/iam/v2/role-bindings");
    Ok(Json(view::list(endpoints, place, &params, page, |row| view::role_binding(endpoints, row))))
}

/// Binds a role. It is in force when this is answered.
#[utoipa::path(post, path = "/iam/v2/role-bindings", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = RoleBindingCreate,
    responses(
        (status = 201, description = "The new role binding", body = RoleBinding),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_role_binding(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<RoleBindingCreate>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let wish = BindingWish {
        principal: body.principal,
        role_name: body.role_name,
        crn_pattern: body.crn_pattern,
    };
    let answer = |row: &model::RoleBinding| {
        made(StatusCode::CREATED, &view::role_binding(endpoints, row.clone()))
    };
    let new = state.app.create_role_binding(&caller, wish, terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads a role binding.
#[utoipa::path(get, path = "/iam/v2/role-bindings/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`rb-…`")),
    responses(
        (status = 200, description = "The role binding", body = RoleBinding),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_role_binding(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.role_binding(&caller, &id).await?;
    Ok(tagged(row.version(), view::role_binding(state.app.endpoints(), row)))
}

/// Removes a role binding. It is out of force when this is answered.
#[utoipa::path(delete, path = "/iam/v2/role-bindings/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`rb-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 200, description = "The role binding as it was", body = RoleBinding),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_role_binding(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    let row = state.app.delete_role_binding(&caller, &id, &changing.0).await?;
    Ok(changing.reply(row.version(), view::role_binding(state.app.endpoints(), row)))
}
