use api_app::{IdentityProviderWish, Versioned, model};
use api_types::{Failure, IdentityProvider, IdentityProviderRequest, Jwks, JwksRequest, List};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{
    ApiResult, Changing, CloudCaller, Creation, HttpFailure, JsonBody, Params, made, tagged,
};
use crate::view;

/// Lists identity providers.
#[utoipa::path(get, path = "/iam/v2/identity-providers", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<IdentityProvider>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_identity_providers(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<IdentityProvider>>> {
    let page = state.app.identity_providers(&caller, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("iam/v2", "IdentityProvider", "/iam/v2/identity-providers");
    Ok(Json(view::list(endpoints, place, &params, page, |row| {
        view::identity_provider(endpoints, row)
    })))
}

/// Makes an identity provider. It is made also when its keys cannot be read now.
#[utoipa::path(post, path = "/iam/v2/identity-providers", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = IdentityProviderRequest,
    responses(
        (status = 201, description = "The new one", body = IdentityProvider),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_identity_provider(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<IdentityProviderRequest>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let answer = |row: &model::IdentityProvider| {
        made(StatusCode::CREATED, &view::identity_provider(endpoints, row.clone()))
    };
    let new = state.app.create_identity_provider(&caller, wish(body), terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads an identity provider.
#[utoipa::path(get, path = "/iam/v2/identity-providers/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`op-…`")),
    responses(
        (status = 200, description = "As it is", body = IdentityProvider),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_identity_provider(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.identity_provider(&caller, &id).await?;
    Ok(tagged(row.version(), view::identity_provider(state.app.endpoints(), row)))
}

/// Changes an identity provider. Access tokens on other terms end.
#[utoipa::path(patch, path = "/iam/v2/identity-providers/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`op-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = IdentityProviderRequest,
    responses(
        (status = 200, description = "As it is", body = IdentityProvider),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_identity_provider(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<IdentityProviderRequest>,
) -> ApiResult<Response> {
    let row = state.app.update_identity_provider(&caller, &id, wish(body), &changing.0).await?;
    Ok(changing.reply(row.version(), view::identity_provider(state.app.endpoints(), row)))
}

/// Deletes an identity provider with its pools. Their access tokens end.
#[utoipa::path(delete, path = "/iam/v2/identity-providers/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`op-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_identity_provider(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_identity_provider(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

/// Reads the keys of an identity provider again. How that went is in the answer.
#[utoipa::path(patch, path = "/iam/v2/identity-providers/{provider_id}/jwks", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("provider_id" = String, Path, description = "`op-…`")),
    request_body = JwksRequest,
    responses(
        (status = 200, description = "How its keys are", body = Jwks),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_identity_provider_jwks(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<JwksRequest>,
) -> ApiResult<Json<Jwks>> {
    let wanted = body.spec.and_then(|spec| spec.jwks_status);
    let refreshed = model::KeySetStatus::Refreshed.as_str();
    if let Some(other) = wanted.filter(|wanted| wanted != refreshed) {
        let detail = format!("spec.jwks_status is {refreshed}, not {other:?}");
        let failure =
            HttpFailure::http(StatusCode::UNPROCESSABLE_ENTITY, "invalid_configuration", detail);
        return Err(failure.at("/spec/jwks_status"));
    }
    Ok(Json(view::jwks(&state.app.refresh_identity_keys(&caller, &id).await?)))
}

fn wish(body: IdentityProviderRequest) -> IdentityProviderWish {
    IdentityProviderWish {
        display_name: body.display_name,
        description: body.description,
        issuer: body.issuer,
        jwks_uri: body.jwks_uri,
        identity_claim: body.identity_claim,
    }
}
