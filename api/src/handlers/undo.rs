use api_app::{Caller, DeletedKind, Versioned};
use api_types::{DeletedObject, Failure, List, Restoration};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Params, tagged};
use crate::view;

/// Lists clusters that were deleted and can be brought back, the longest deleted first.
#[utoipa::path(get, path = "/weir/v1/deleted-clusters", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<DeletedObject>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_deleted_clusters(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<DeletedObject>>> {
    list(&state, &caller, DeletedKind::Cluster, &params).await
}

/// Reads a cluster that was deleted and can be brought back.
#[utoipa::path(get, path = "/weir/v1/deleted-clusters/{id}", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`lkc-…`")),
    responses(
        (status = 200, description = "As it was", body = DeletedObject),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_deleted_cluster(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    get(&state, &caller, DeletedKind::Cluster, &id).await
}

/// Brings back a cluster that was deleted, with its keys, roles, lists, quotas and records, under the same id. Asked
/// again, it changes nothing.
#[utoipa::path(post, path = "/weir/v1/deleted-clusters/{id}/restore", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`lkc-…`"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 200, description = "It is back", body = Restoration),
        (status = 404, description = "There is none, or its window is over", body = Failure),
        (status = 409, description = "Its environment is deleted itself", body = Failure),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_cluster_restore(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    restore(&state, &caller, DeletedKind::Cluster, id, changing).await
}

/// Deletes a cluster for good, before its undo window is over.
#[utoipa::path(delete, path = "/weir/v1/deleted-clusters/{id}", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`lkc-…`"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It cannot be brought back any more, and its data is being deleted"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_deleted_cluster(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.purge_deleted(&caller, DeletedKind::Cluster, &id, &changing.0).await?;
    Ok(changing.gone())
}

/// Lists environments that were deleted and can be brought back, the longest deleted first.
#[utoipa::path(get, path = "/weir/v1/deleted-environments", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<DeletedObject>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_deleted_environments(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<DeletedObject>>> {
    list(&state, &caller, DeletedKind::Environment, &params).await
}

/// Reads an environment that was deleted and can be brought back.
#[utoipa::path(get, path = "/weir/v1/deleted-environments/{id}", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`env-…`")),
    responses(
        (status = 200, description = "As it was", body = DeletedObject),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_deleted_environment(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    get(&state, &caller, DeletedKind::Environment, &id).await
}

/// Brings back an environment that was deleted, with the clusters that were in it and all that they had, under the
/// same ids. Asked again, it changes nothing.
#[utoipa::path(post, path = "/weir/v1/deleted-environments/{id}/restore", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`env-…`"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 200, description = "It is back", body = Restoration),
        (status = 404, description = "There is none, or its window is over", body = Failure),
        (status = 409, description = "Its name was given to another one meanwhile", body = Failure),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_environment_restore(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    restore(&state, &caller, DeletedKind::Environment, id, changing).await
}

/// Deletes an environment for good, before its undo window is over.
#[utoipa::path(delete, path = "/weir/v1/deleted-environments/{id}", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`env-…`"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It cannot be brought back any more, and its data is being deleted"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_deleted_environment(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.purge_deleted(&caller, DeletedKind::Environment, &id, &changing.0).await?;
    Ok(changing.gone())
}

async fn list(
    state: &ApiState,
    caller: &Caller,
    kind: DeletedKind,
    params: &Params,
) -> ApiResult<Json<List<DeletedObject>>> {
    let page = state.app.all_deleted(caller, kind, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = match kind {
        DeletedKind::Cluster => ("weir/v1", "DeletedCluster", "/weir/v1/deleted-clusters"),
        DeletedKind::Environment => {
            ("weir/v1", "DeletedEnvironment", "/weir/v1/deleted-environments")
        }
    };
    Ok(Json(view::list(endpoints, place, params, page, |row| view::deleted_object(endpoints, row))))
}

async fn get(
    state: &ApiState,
    caller: &Caller,
    kind: DeletedKind,
    id: &str,
) -> ApiResult<Response> {
    let row = state.app.deleted(caller, kind, id).await?;
    Ok(tagged(row.version(), view::deleted_object(state.app.endpoints(), row)))
}

async fn restore(
    state: &ApiState,
    caller: &Caller,
    kind: DeletedKind,
    id: String,
    changing: Changing,
) -> ApiResult<Response> {
    let done = state.app.restore(caller, kind, &id, &changing.0).await?;
    Ok(changing.answer(view::restoration(id, done)))
}
