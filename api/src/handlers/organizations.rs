use api_app::{OrganizationWish, Page, Versioned};
use api_types::{Failure, List, Organization, OrganizationUpdate};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, JsonBody, Params, tagged};
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
) -> ApiResult<Response> {
    let row = state.app.organization(&caller, &id).await?;
    Ok(tagged(row.version(), view::organization(state.app.endpoints(), row)))
}

/// Changes an organization.
#[utoipa::path(patch, path = "/org/v2/organizations/{id}", tag = "org/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "A bare UUID"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = OrganizationUpdate,
    responses(
        (status = 200, description = "As it is", body = Organization),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_organization(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<OrganizationUpdate>,
) -> ApiResult<Response> {
    let wish = OrganizationWish { display_name: body.display_name, jit_enabled: body.jit_enabled };
    let row = state.app.update_organization(&caller, &id, wish, &changing.0).await?;
    Ok(changing.reply(row.version(), view::organization(state.app.endpoints(), row)))
}
