use api_app::Page;
use api_types::{Failure, List, Registry};
use axum::Json;
use axum::extract::{Path, State};

use crate::ApiState;
use crate::http::{ApiResult, CloudCaller, Params};
use crate::view;

/// Lists the schema registry of an environment: none without governance or without a cluster.
#[utoipa::path(get, path = "/srcm/v3/clusters", tag = "srcm/v3",
    security(("cloud_key" = [])),
    params(
        ("environment" = String, Query, description = "`env-…`"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<Registry>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_registries(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<Registry>>> {
    let (environment, row) = state.app.registries(&caller, params.first("environment")).await?;
    let endpoints = state.app.endpoints();
    let place = ("srcm/v3", "Cluster", "/srcm/v3/clusters");
    let page = Page { items: row.into_iter().collect(), next: None };
    let view = |row| view::registry(endpoints, &environment, row);
    Ok(Json(view::list(endpoints, place, &params, page, view)))
}

/// Reads a schema registry.
#[utoipa::path(get, path = "/srcm/v3/clusters/{id}", tag = "srcm/v3",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`lsrc-…`"),
        ("environment" = String, Query, description = "`env-…`"),
    ),
    responses(
        (status = 200, description = "The registry", body = Registry),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_registry(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    params: Params,
) -> ApiResult<Json<Registry>> {
    let (environment, row) = state.app.registry(&caller, params.first("environment"), &id).await?;
    Ok(Json(view::registry(state.app.endpoints(), &environment, row)))
}
