//! The second factor of the person who is signed in: codes that change with time.

use api_types::{
    Failure, NewSecondFactor, RecoveryCodes, SecondFactor, SecondFactorConfirm, SecondFactorCreate,
    SecondFactorRemove, rfc3339,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::sessions::refused;
use crate::ApiState;
use crate::http::{ApiResult, CloudCaller, JsonBody, SessionCaller};

/// Says whether the person has a second factor.
#[utoipa::path(get, path = "/weir/v1/second-factor", tag = "weir/v1",
    security(("session" = [])),
    responses(
        (status = 200, description = "Whether, and how many recovery codes are left", body = SecondFactor),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_second_factor(
    State(state): State<ApiState>,
    SessionCaller { caller, .. }: SessionCaller,
) -> ApiResult<Json<SecondFactor>> {
    let found = state.app.second_factor(&caller).await?;
    Ok(Json(SecondFactor {
        enabled: found.confirmed_us.is_some(),
        enabled_at: found.confirmed_us.map(rfc3339),
        recovery_codes_left: u64::try_from(found.recovery_codes).unwrap_or(u64::MAX),
    }))
}

/// Begins a second factor. It is not asked for until it is confirmed; beginning again forgets what was begun.
#[utoipa::path(post, path = "/weir/v1/second-factor", tag = "weir/v1",
    security(("session" = [])),
    request_body = SecondFactorCreate,
    responses(
        (status = 200, description = "The secret, which cannot be read again", body = NewSecondFactor),
        (status = 429, description = "Too many failures; `Retry-After` says how long to wait", body = Failure),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_second_factor(
    State(state): State<ApiState>,
    SessionCaller { caller, .. }: SessionCaller,
    JsonBody(body): JsonBody<SecondFactorCreate>,
) -> ApiResult<Json<NewSecondFactor>> {
    let begun = state.app.begin_second_factor(&caller, body.password).await;
    let begun = begun.map_err(refused)?;
    Ok(Json(NewSecondFactor { secret: begun.secret, uri: begun.uri }))
}

/// Confirms a second factor with a first code: from now on it is asked for at sign-in.
#[utoipa::path(post, path = "/weir/v1/second-factor/confirm", tag = "weir/v1",
    security(("session" = [])),
    request_body = SecondFactorConfirm,
    responses(
        (status = 200, description = "Recovery codes, which cannot be read again", body = RecoveryCodes),
        (status = 429, description = "Too many failures; `Retry-After` says how long to wait", body = Failure),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_second_factor(
    State(state): State<ApiState>,
    SessionCaller { caller, .. }: SessionCaller,
    JsonBody(body): JsonBody<SecondFactorConfirm>,
) -> ApiResult<Json<RecoveryCodes>> {
    let codes = state.app.confirm_second_factor(&caller, &body.code).await;
    Ok(Json(RecoveryCodes { recovery_codes: codes.map_err(refused)? }))
}

/// Removes the second factor.
#[utoipa::path(post, path = "/weir/v1/second-factor/remove", tag = "weir/v1",
    security(("session" = [])),
    request_body = SecondFactorRemove,
    responses(
        (status = 204, description = "Only the password is asked for from now on"),
        (status = 429, description = "Too many failures; `Retry-After` says how long to wait", body = Failure),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_second_factor(
    State(state): State<ApiState>,
    SessionCaller { caller, .. }: SessionCaller,
    JsonBody(body): JsonBody<SecondFactorRemove>,
) -> ApiResult<StatusCode> {
    let gone = state.app.remove_second_factor(&caller, body.password, &body.code).await;
    gone.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the second factor of somebody who lost it, if there is one: for whoever may delete them.
#[utoipa::path(delete, path = "/weir/v1/users/{id}/second-factor", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`u-…`")),
    responses(
        (status = 204, description = "Only the password is asked for from now on"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_user_second_factor(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    state.app.reset_second_factor(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
