//! Signing in with a code on another device.

use api_types::{
    DeviceCode, DeviceDecision, DeviceSessionCreate, Failure, NewDeviceCode, V1Session,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::sessions::{refused, signed_in};
use crate::ApiState;
use crate::http::{ApiResult, JsonBody, PeerAddress, SessionCaller};

/// Gives a device a code, which a person who is signed in elsewhere approves.
#[utoipa::path(post, path = "/weir/v1/device-codes", tag = "weir/v1",
    responses(
        (status = 200, description = "The codes", body = NewDeviceCode),
        (status = 429, description = "Too many devices wait", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_device_code(
    State(state): State<ApiState>,
    PeerAddress(address): PeerAddress,
) -> ApiResult<Json<NewDeviceCode>> {
    let made = state.app.begin_device(address).map_err(refused)?;
    Ok(Json(NewDeviceCode {
        device_code: made.device_code,
        user_code: made.user_code,
        verification_uri: format!("{}/device", state.app.endpoints().api_base_url),
        expires_in: made.life.as_secs(),
        interval: made.pause.as_secs(),
    }))
}

/// Shows a device that waits, to whoever might approve it.
#[utoipa::path(get, path = "/weir/v1/device-codes/{user_code}", tag = "weir/v1",
    security(("session" = [])),
    params(("user_code" = String, Path, description = "`BCDF-GHJK`")),
    responses(
        (status = 200, description = "From where it asked", body = DeviceCode),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_device_code(
    State(state): State<ApiState>,
    SessionCaller { caller, .. }: SessionCaller,
    Path(user_code): Path<String>,
) -> ApiResult<Json<DeviceCode>> {
    let found = state.app.device(&caller, &user_code).map_err(refused)?;
    let address = found.address.map(|address| address.to_string()).unwrap_or_default();
    Ok(Json(DeviceCode { user_code, address, expires_in: found.left.as_secs() }))
}

/// Approves a device, or refuses it. An approved one acts for whoever asks here, with their roles.
#[utoipa::path(patch, path = "/weir/v1/device-codes/{user_code}", tag = "weir/v1",
    security(("session" = [])),
    params(("user_code" = String, Path, description = "`BCDF-GHJK`")),
    request_body = DeviceDecision,
    responses(
        (status = 204, description = "The device learns it when it asks next"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_device_code(
    State(state): State<ApiState>,
    SessionCaller { caller, .. }: SessionCaller,
    Path(user_code): Path<String>,
    JsonBody(body): JsonBody<DeviceDecision>,
) -> ApiResult<StatusCode> {
    state.app.decide_device(&caller, &user_code, body.approve).map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs an approved device in; until then it is 400 `authorization_pending`, or `slow_down` when it asks too often.
#[utoipa::path(post, path = "/weir/v1/device-sessions", tag = "weir/v1",
    request_body = DeviceSessionCreate,
    responses(
        (status = 200, description = "Signed in; the token cannot be read again", body = V1Session),
        (status = "4XX", description = "Not yet; `expired_token` and `access_denied` end it", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_device_session(
    State(state): State<ApiState>,
    PeerAddress(address): PeerAddress,
    JsonBody(body): JsonBody<DeviceSessionCreate>,
) -> ApiResult<Json<V1Session>> {
    Ok(signed_in(state.app.device_session(&body.device_code, address).await?))
}
