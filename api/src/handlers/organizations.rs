use api_app::Page;
use api_types::{Failure, List, Organization};
use axum::Json;
use axum::extract::{Path, State};

use crate::ApiState;
use crate::http::{ApiResult, CloudCaller, Params};
use crate::view;

/// Lists the organization of the caller.
#[utoipa::path(get, path = "/org/v2/organizations", tag = "org/v2",
    security(("cloud_key" = [])),
    responses(
        (status = 200, description = "One page", body = List<Organization>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_organizations(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<Organization>>> {
    let row = state.app.organization(&caller, &caller.organization_id).await?;
    let endpoints = state.app.endpoints();
    let place = ("org/v2", "Organization", "/org/v2/organizations");
    let page = Page { items: vec![row], next: None };
    Ok(Json(view::list(endpoints, place, &params, page, |row| view::organization(endpoints, row))))
}

/// Reads an organization.
#[utoipa::path(get, path = "/org/v2/organizations/{id}", tag = "org/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "A bare UUID")),
    responses(
        (status = 200, description = "The organization", body = Organization),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_organization(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Json<Organization>> {
    let row = state.app.organization(&caller, &id).await?;
    Ok(Json(view::organization(state.app.endpoints(), row)))
}
