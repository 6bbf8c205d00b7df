use api_app::{ClusterWish, ConfigWish, Versioned, model};
use api_types::{Cluster, ClusterConfig, ClusterCreate, Failure, List};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Creation, JsonBody, Params, made, tagged};
use crate::view;

/// Lists the clusters of an environment.
#[utoipa::path(get, path = "/cmk/v2/clusters", tag = "cmk/v2",
    security(("cloud_key" = [])),
    params(
        ("environment" = String, Query, description = "`env-…`"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<Cluster>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_clusters(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<Cluster>>> {
    let page = state.app.clusters(&caller, params.first("environment"), &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("cmk/v2", "Cluster", "/cmk/v2/clusters");
    Ok(Json(view::list(endpoints, place, &params, page, |row| view::cluster(endpoints, row))))
}

/// Creates a cluster. It is PROVISIONING first.
#[utoipa::path(post, path = "/cmk/v2/clusters", tag = "cmk/v2",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
        ("wait" = Option<String>, Query, description = "Answers only when it is settled, or after this time: `500ms`, `30s`, `60s` at most"),
    ),
    request_body = ClusterCreate,
    responses(
        (status = 202, description = "The new cluster", body = Cluster),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_cluster(
    State(state): State<ApiState>,
    params: Params,
    Creation { caller, body, terms }: Creation<ClusterCreate>,
) -> ApiResult<Response> {
    let wait = params.wait()?;
    let endpoints = state.app.endpoints();
    let answer =
        |row: &model::Cluster| made(StatusCode::ACCEPTED, &view::cluster(endpoints, row.clone()));
    let mut new = state.app.create_cluster(&caller, wish(body), terms.asked(&answer)).await;
    if let Ok(row) = new.as_mut().map_err(|_| ())
        && !terms.is_dry_run()
        && !wait.is_zero()
    {
        let (environment, id) = (row.environment_id.clone(), row.id.clone());
        let settled = state.app.settled_cluster(&caller, Some(&environment), &id, wait).await;
        // It is made, whatever became of it since.
        *row = settled.unwrap_or_else(|_| row.clone());
    }
    terms.reply(&state, &caller, new, answer).await
}

/// Reads a cluster.
#[utoipa::path(get, path = "/cmk/v2/clusters/{id}", tag = "cmk/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`lkc-…`"),
        ("environment" = String, Query, description = "`env-…`"),
        ("wait" = Option<String>, Query, description = "Answers only when it is settled, or after this time: `500ms`, `30s`, `60s` at most"),
    ),
    responses(
        (status = 200, description = "The cluster", body = Cluster),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_cluster(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    params: Params,
) -> ApiResult<Response> {
    let environment = params.first("environment");
    let row = state.app.settled_cluster(&caller, environment, &id, params.wait()?).await?;
    Ok(tagged(row.version(), view::cluster(state.app.endpoints(), row)))
}

/// Changes a cluster: its name, deletion protection, size, or from Basic to Standard.
#[utoipa::path(patch, path = "/cmk/v2/clusters/{id}", tag = "cmk/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`lkc-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = ClusterCreate,
    responses(
        (status = 200, description = "The cluster as it is", body = Cluster),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_cluster(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<ClusterCreate>,
) -> ApiResult<Response> {
    let row = state.app.update_cluster(&caller, &id, wish(body), &changing.0).await?;
    Ok(changing.reply(row.version(), view::cluster(state.app.endpoints(), row)))
}

/// Deletes a cluster with its topics and keys.
#[utoipa::path(delete, path = "/cmk/v2/clusters/{id}", tag = "cmk/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`lkc-…`"),
        ("environment" = String, Query, description = "`env-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It reads as gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_cluster(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    params: Params,
) -> ApiResult<Response> {
    state.app.delete_cluster(&caller, params.first("environment"), &id, &changing.0).await?;
    Ok(changing.gone())
}

fn wish(body: ClusterCreate) -> ClusterWish {
    let spec = body.spec.unwrap_or_default();
    ClusterWish {
        display_name: spec.display_name,
        availability: spec.availability,
        cloud: spec.cloud,
        region: spec.region,
        config: spec.config.map(config),
        environment_id: spec.environment.map(|reference| reference.id),
        network_id: spec.network.map(|reference| reference.id).filter(|id| !id.is_empty()),
        byok_id: spec.byok.map(|reference| reference.id).filter(|id| !id.is_empty()),
        deletion_protection: spec.deletion_protection,
    }
}

fn config(body: ClusterConfig) -> ConfigWish {
    ConfigWish {
        kind: body.kind,
        max_ecku: body.max_ecku,
        cku: body.cku,
        encryption_key: body.encryption_key,
        zones: body.zones,
        release_priority: body.release_priority,
    }
}
