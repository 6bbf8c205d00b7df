use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ApiState;
use crate::http::ApiResult;

/// Whether the process serves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`
    status: String,
}

/// Says that the process is alive.
#[utoipa::path(get, path = "/healthz", tag = "health",
    responses((status = 200, description = "Alive", body = Health)))]
pub(crate) async fn read_health() -> Json<Health> {
    Json(Health { status: "ok".to_owned() })
}

/// Says whether requests can be served: the store answers.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses(
        (status = 200, description = "Ready", body = Health),
        (status = 503, description = "Not ready", body = api_types::Failure),
    ))]
pub(crate) async fn read_readiness(State(state): State<ApiState>) -> ApiResult<Json<Health>> {
    state.app.ready().await?;
    Ok(Json(Health { status: "ok".to_owned() }))
}
