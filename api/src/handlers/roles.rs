use api_app::model::Role;
use api_types::{Failure, RoleDefinition};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;

use crate::http::{ApiResult, CloudCaller, HttpFailure, Params};
use crate::view;

/// Whose roles are listed: clients ask for further ones by name, and there are none.
const NAMESPACE: &str = "public";

fn asks_for_ours(params: &Params) -> bool {
    params.first("namespace").is_none_or(|names| names.split(',').any(|name| name == NAMESPACE))
}

fn named(params: &Params) -> impl Iterator<Item = Role> {
    let ours = asks_for_ours(params);
    Role::ALL.iter().copied().filter(move |_| ours)
}

/// Lists the roles that can be bound.
#[utoipa::path(get, path = "/metadata/security/v2alpha1/roles", tag = "security/v2alpha1",
    security(("cloud_key" = [])),
    params(("namespace" = Option<String>, Query, description = "Names with commas; only `public` has roles")),
    responses(
        (status = 200, description = "All of them", body = Vec<RoleDefinition>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_roles(_: CloudCaller, params: Params) -> Json<Vec<RoleDefinition>> {
    Json(named(&params).map(view::role).collect())
}

/// Reads a role that can be bound.
#[utoipa::path(get, path = "/metadata/security/v2alpha1/roles/{role_name}", tag = "security/v2alpha1",
    security(("cloud_key" = [])),
    params(
        ("role_name" = String, Path, description = "As in a binding"),
        ("namespace" = Option<String>, Query, description = "Names with commas; only `public` has roles"),
    ),
    responses(
        (status = 200, description = "The role", body = RoleDefinition),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_role(
    _: CloudCaller,
    Path(name): Path<String>,
    params: Params,
) -> ApiResult<Json<RoleDefinition>> {
    let found = named(&params).find(|role| role.as_str() == name);
    found.map(|role| Json(view::role(role))).ok_or_else(|| {
        let detail = format!("resource not found: there is no role {name:?}");
        HttpFailure::http(StatusCode::NOT_FOUND, "resource_not_found", detail)
    })
}

/// Lists the names of the roles that can be bound.
#[utoipa::path(get, path = "/metadata/security/v2alpha1/roleNames", tag = "security/v2alpha1",
    security(("cloud_key" = [])),
    params(("namespace" = Option<String>, Query, description = "Names with commas; only `public` has roles")),
    responses(
        (status = 200, description = "All of them", body = Vec<String>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_role_names(_: CloudCaller, params: Params) -> Json<Vec<&'static str>> {
    Json(named(&params).map(Role::as_str).collect())
}
