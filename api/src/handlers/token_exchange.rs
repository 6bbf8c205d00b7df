use api_app::{ACCESS_TOKEN, ExchangeWish};
use api_types::{Failure, TokenExchangeReply, TokenExchangeRequest};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};

use crate::ApiState;
use crate::http::{ApiResult, FormBody};

/// Gives a workload an access token for one that its identity provider signed (RFC 8693).
#[utoipa::path(post, path = "/sts/v1/oauth2/token", tag = "sts/v1",
    request_body(content = TokenExchangeRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The access token", body = TokenExchangeReply),
        (status = "4XX", description = "The request was refused; `invalid_grant` when the token is not taken", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_access_token_of_pool(
    State(state): State<ApiState>,
    form: FormBody,
) -> ApiResult<Response> {
    let wish = ExchangeWish {
        grant_type: form.owned("grant_type"),
        subject_token: form.owned("subject_token"),
        subject_token_type: form.owned("subject_token_type"),
        requested_token_type: form.owned("requested_token_type"),
        identity_pool_id: form.owned("identity_pool_id"),
        expires_in: form.owned("expires_in"),
    };
    let made = state.app.exchange_token(wish, form.address()).await?;
    let mut reply = Json(TokenExchangeReply {
        access_token: made.access_token,
        issued_token_type: ACCESS_TOKEN.to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: made.life.as_secs(),
    })
    .into_response();
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(reply)
}
