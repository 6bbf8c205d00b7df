use api_app::{KeyFilter, KeyWish, NewKey, Versioned};
use api_types::{ApiKey, ApiKeyCreate, Failure, List, parse_rfc3339};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{
    ApiResult, Changing, CloudCaller, Creation, HttpFailure, JsonBody, Params, made, tagged,
};
use crate::view;

/// Lists API keys, without their secrets.
#[utoipa::path(get, path = "/iam/v2/api-keys", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("spec.owner" = Option<String>, Query, description = "Only of this owner"),
        ("spec.resource" = Option<String>, Query, description = "Only of this resource"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<ApiKey>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_api_keys(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<ApiKey>>> {
    let filter = KeyFilter {
        owner_id: params.owned("spec.owner"),
        resource_id: params.owned("spec.resource"),
    };
    let page = state.app.api_keys(&caller, filter, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("iam/v2", "ApiKey", "/iam/v2/api-keys");
    let view = |row| view::api_key(endpoints, row, None);
    Ok(Json(view::list(endpoints, place, &params, page, view)))
}

/// Makes an API key. The secret is in this answer only; the key works when this is answered.
#[utoipa::path(post, path = "/iam/v2/api-keys", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = ApiKeyCreate,
    responses(
        (status = 202, description = "The new key with its secret", body = ApiKey),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_api_key(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<ApiKeyCreate>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let answer = |new: &NewKey| {
        made(
            StatusCode::ACCEPTED,
            &view::api_key(endpoints, new.key.clone(), Some(new.secret.clone())),
        )
    };
    let new = state.app.create_api_key(&caller, wish(body)?, terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads an API key, without its secret.
#[utoipa::path(get, path = "/iam/v2/api-keys/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "The key")),
    responses(
        (status = 200, description = "The key", body = ApiKey),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_api_key(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.api_key(&caller, &id).await?;
    Ok(tagged(row.version(), view::api_key(state.app.endpoints(), row, None)))
}

/// Changes name and description of an API key.
#[utoipa::path(patch, path = "/iam/v2/api-keys/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "The key"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = ApiKeyCreate,
    responses(
        (status = 200, description = "The key as it is", body = ApiKey),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_api_key(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<ApiKeyCreate>,
) -> ApiResult<Response> {
    let row = state.app.update_api_key(&caller, &id, wish(body)?, &changing.0).await?;
    Ok(changing.reply(row.version(), view::api_key(state.app.endpoints(), row, None)))
}

/// Removes an API key. It opens nothing when this is answered.
#[utoipa::path(delete, path = "/iam/v2/api-keys/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "The key"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_api_key(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_api_key(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

fn wish(body: ApiKeyCreate) -> Result<KeyWish, HttpFailure> {
    let spec = body.spec.unwrap_or_default();
    let time = |text: String| {
        parse_rfc3339(&text).ok_or_else(|| {
            let detail = format!("expires_at must be RFC 3339 with a zone, got {text:?}");
            HttpFailure::http(StatusCode::UNPROCESSABLE_ENTITY, "invalid_configuration", detail)
                .at("/spec/expires_at")
        })
    };
    Ok(KeyWish {
        display_name: spec.display_name,
        description: spec.description,
        owner_id: spec.owner.map(|reference| reference.id),
        resource_id: spec.resource.map(|reference| reference.id),
        expires_us: spec.expires_at.map(time).transpose()?,
    })
}
