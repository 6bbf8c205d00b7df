//! What command lines written before `v2` look up.

use api_app::PageRequest;
use api_types::{Failure, V1Clouds, V1UsageLimitsReply, V1Users};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use common_types::catalogue::CLOUDS;
use common_types::limits::PAGE_SIZE_MAX;

use crate::ApiState;
use crate::http::{ApiResult, CloudCaller};
use crate::view;

fn first_page() -> PageRequest {
    PageRequest { size: Some(PAGE_SIZE_MAX), token: None }
}

/// Lists people, all at once.
#[utoipa::path(get, path = "/users", tag = "v1",
    security(("cloud_key" = [])),
    responses(
        (status = 200, description = "Those that the caller may see", body = V1Users),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_v1_users(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
) -> ApiResult<Json<V1Users>> {
    let mut request = first_page();
    let mut users = Vec::new();
    // Bounded by the rows of the store: each token is further than the one before.
    loop {
        let page = state.app.users(&caller, &request).await?;
        users.extend(page.items.into_iter().map(view::v1_person));
        request.token = page.next;
        if request.token.is_none() {
            return Ok(Json(V1Users { users }));
        }
    }
}

/// Lists service accounts, all at once.
#[utoipa::path(get, path = "/service_accounts", tag = "v1",
    security(("cloud_key" = [])),
    responses(
        (status = 200, description = "Those that the caller may see", body = V1Users),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_v1_service_accounts(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
) -> ApiResult<Json<V1Users>> {
    let mut request = first_page();
    let mut users = Vec::new();
    // Bounded by the rows of the store: each token is further than the one before.
    loop {
        let page = state.app.service_accounts(&caller, &[], &request).await?;
        users.extend(page.items.into_iter().map(view::v1_account));
        request.token = page.next;
        if request.token.is_none() {
            return Ok(Json(V1Users { users }));
        }
    }
}

/// Lists clouds and their regions.
#[utoipa::path(get, path = "/env_metadata", tag = "v1",
    security(("cloud_key" = [])),
    responses(
        (status = 200, description = "All that a cluster can be asked on", body = V1Clouds),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_v1_clouds(_: CloudCaller) -> Json<V1Clouds> {
    Json(V1Clouds { clouds: CLOUDS.iter().map(view::v1_cloud).collect() })
}

/// Lists what clusters of each tier may use.
#[utoipa::path(get, path = "/usage_limits", tag = "v1",
    security(("cloud_key" = [])),
    responses(
        (status = 200, description = "By tier", body = V1UsageLimitsReply),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_v1_usage_limits(_: CloudCaller) -> Json<V1UsageLimitsReply> {
    Json(view::v1_limits())
}

/// Takes what a command line says about its use, and keeps nothing of it.
#[utoipa::path(post, path = "/cli/v1/usages", tag = "v1",
    security(("cloud_key" = [])),
    responses(
        (status = 204, description = "Not kept"),
        (status = "4XX", description = "The request was refused", body = Failure),
    ))]
pub(crate) async fn create_v1_usage(_: CloudCaller) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Takes what a person says about a command line, and keeps nothing of it.
#[utoipa::path(post, path = "/cli/v1/feedbacks", tag = "v1",
    security(("cloud_key" = [])),
    responses(
        (status = 204, description = "Not kept"),
        (status = "4XX", description = "The request was refused", body = Failure),
    ))]
pub(crate) async fn create_v1_feedback(_: CloudCaller) -> StatusCode {
    StatusCode::NO_CONTENT
}
