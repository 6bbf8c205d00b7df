//! Signing in at an identity provider, and which one.

use api_app::{SsoConnectionWish, SsoReturn, Versioned};
use api_types::{
    Failure, SsoConnection, SsoConnectionRequest, SsoSessionCreate, SsoSignIn, SsoSignInCreate,
    V1Session,
};
use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::sessions::{refused, signed_in};
use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, JsonBody, PeerAddress, tagged};
use crate::view;

/// What the browser keeps of somebody who is away.
const KEPT: &str = "weir_sso";

/// Shows where people of the organisation sign in.
#[utoipa::path(get, path = "/weir/v1/sso-connection", tag = "weir/v1",
    security(("cloud_key" = [])),
    responses(
        (status = 200, description = "The identity provider", body = SsoConnection),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_sso_connection(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
) -> ApiResult<Response> {
    let row = state.app.sso_connection(&caller).await?;
    Ok(tagged(row.version(), view::sso_connection(&state.app, row)))
}

/// Changes where people of the organisation sign in; makes it where there was nothing.
#[utoipa::path(patch, path = "/weir/v1/sso-connection", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = SsoConnectionRequest,
    responses(
        (status = 200, description = "As it is", body = SsoConnection),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_sso_connection(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    changing: Changing,
    JsonBody(body): JsonBody<SsoConnectionRequest>,
) -> ApiResult<Response> {
    let wish = SsoConnectionWish {
        issuer: body.issuer,
        client_id: body.client_id,
        client_secret: body.client_secret,
        domains: body.domains,
        scopes: body.scopes,
    };
    let row = state.app.update_sso_connection(&caller, &wish, &changing.0).await?;
    Ok(changing.reply(row.version(), view::sso_connection(&state.app, row)))
}

/// Deletes it: people sign in with passwords alone, and sessions that began at the provider end.
#[utoipa::path(delete, path = "/weir/v1/sso-connection", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_sso_connection(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_sso_connection(&caller, &changing.0).await?;
    Ok(changing.gone())
}

/// Begins to sign somebody in at their identity provider. The answer sets a cookie, without which nobody comes back.
#[utoipa::path(post, path = "/weir/v1/sso-sign-ins", tag = "weir/v1",
    request_body = SsoSignInCreate,
    responses(
        (status = 200, description = "Where to go", body = SsoSignIn),
        (status = 404, description = "Nobody signs in by single sign-on with this e-mail address", body = Failure),
        (status = 429, description = "Too many are on their way", body = Failure),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The provider cannot be asked, or the server failed", body = Failure),
    ))]
pub(crate) async fn create_sso_sign_in(
    State(state): State<ApiState>,
    PeerAddress(address): PeerAddress,
    JsonBody(body): JsonBody<SsoSignInCreate>,
) -> ApiResult<Response> {
    let leaving = state.app.begin_sso(&body.email, address).await.map_err(refused)?;
    let expires_in = leaving.life.as_secs();
    let answer = SsoSignIn { authorization_url: leaving.url, expires_in };
    Ok(with_cookie(&state, &leaving.browser, expires_in, Json(answer).into_response()))
}

/// Signs somebody in who is back from their identity provider, in the browser that they left with, once.
#[utoipa::path(post, path = "/weir/v1/sso-sessions", tag = "weir/v1",
    request_body = SsoSessionCreate,
    responses(
        (status = 200, description = "Signed in; the token cannot be read again", body = V1Session),
        (status = 403, description = "`sso_refused`: not begun in this browser, not vouched for by the provider, or nobody of the organisation", body = Failure),
        (status = 429, description = "Too many failures; `Retry-After` says how long to wait", body = Failure),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The provider cannot be asked, or the server failed", body = Failure),
    ))]
pub(crate) async fn create_sso_session(
    State(state): State<ApiState>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    JsonBody(body): JsonBody<SsoSessionCreate>,
) -> ApiResult<Response> {
    let browser = kept(&headers).unwrap_or_default().to_owned();
    let back = SsoReturn { state: body.state, code: body.code, iss: body.iss, browser, address };
    let made = state.app.end_sso(back).await.map_err(refused)?;
    Ok(with_cookie(&state, "", 0, signed_in(made).into_response()))
}

/// Sets or, without a value, takes back the cookie. No script reads it, and no other site can make a browser send it.
fn with_cookie(state: &ApiState, value: &str, seconds: u64, mut response: Response) -> Response {
    let is_secure = state.app.endpoints().api_base_url.starts_with("https://");
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie =
        format!("{KEPT}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let headers = response.headers_mut();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.insert(SET_COOKIE, cookie);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn kept(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim() == KEPT).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        assert_eq!(kept(&headers), None);
        headers.append(COOKIE, HeaderValue::from_static("a=b; not_weir_sso=x"));
        assert_eq!(kept(&headers), None);
        headers.append(COOKIE, HeaderValue::from_static("c=d;weir_sso=abc-_; e=f"));
        assert_eq!(kept(&headers), Some("abc-_"));
    }
}
