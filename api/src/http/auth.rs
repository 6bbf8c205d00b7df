use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use api_app::Caller;
use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common_errors::{Error, ErrorKind};

use super::HttpFailure;
use super::limit::count;
use crate::ApiState;

/// Who shows a Cloud key, or the token of a session or of an identity pool.
pub(crate) struct CloudCaller(pub(crate) Caller);

/// Who shows a key of the cluster in the path, or the token of a session or of an identity pool.
pub(crate) struct ClusterCaller(pub(crate) Caller);

/// A person in a session, with its token.
pub(crate) struct SessionCaller {
    pub(crate) caller: Caller,
    pub(crate) token: String,
}

/// Where a request comes from, when that is known.
pub(crate) struct PeerAddress(pub(crate) Option<IpAddr>);

/// Names the identity pool of a token that its provider signed.
const POOL: &str = "confluent-identity-pool-id";

/// What was shown.
enum Credentials {
    Key(String, String),
    Token(String),
}

impl FromRequestParts<ApiState> for CloudCaller {
    type Rejection = HttpFailure;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, HttpFailure> {
        let address = peer(parts);
        let caller = match credentials(parts)? {
            Credentials::Key(key, secret) => {
                state.app.authenticate_cloud(&key, &secret, address).await?
            }
            Credentials::Token(token) => state.app.authenticate_bearer(&token, address).await?,
        };
        count(parts, state, &caller)?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<ApiState> for ClusterCaller {
    type Rejection = HttpFailure;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, HttpFailure> {
        let shown = credentials(parts)?;
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params =
            params.map_err(|error| refused(&format!("the path cannot be read: {error}")))?;
        let cluster = params.iter().find(|(name, _)| *name == "cluster_id");
        let cluster = cluster.map(|(_, value)| value).unwrap_or_default();
        let caller = match shown {
            Credentials::Key(key, secret) => {
                state.app.authenticate_cluster(&key, &secret, cluster).await?
            }
            Credentials::Token(token) => match parts.headers.get(POOL) {
                // A token that is not ours, and the pool that is to let it in.
                Some(pool) => {
                    let shown = (pool.to_str().unwrap_or_default(), token.as_str());
                    state.app.authenticate_workload_on(shown, cluster, peer(parts)).await?
                }
                None => state.app.authenticate_session_on(&token, cluster, peer(parts)).await?,
            },
        };
        count(parts, state, &caller)?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<ApiState> for SessionCaller {
    type Rejection = HttpFailure;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, HttpFailure> {
        match credentials(parts)? {
            Credentials::Token(token) => {
                let caller = state.app.authenticate_session(&token, peer(parts)).await?;
                count(parts, state, &caller)?;
                Ok(Self { caller, token })
            }
            Credentials::Key(..) => {
                Err(refused("this is about the session of a person: send its token as Bearer"))
            }
        }
    }
}

impl FromRequestParts<ApiState> for PeerAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Infallible> {
        Ok(Self(peer(parts)))
    }
}

pub(super) fn peer(parts: &Parts) -> Option<IpAddr> {
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    address.map(|ConnectInfo(address)| address.ip())
}

/// Reads `Authorization`: `Basic base64(key:secret)` or `Bearer token`.
fn credentials(parts: &Parts) -> Result<Credentials, HttpFailure> {
    let header = parts.headers.get(AUTHORIZATION).ok_or_else(|| {
        refused("no credentials: send an API key and its secret with HTTP Basic authentication")
    })?;
    let text = header.to_str().unwrap_or_default();
    let (scheme, value) = text.split_once(' ').unwrap_or((text, ""));
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Credentials::Token(value.trim().to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(refused("send an API key and its secret with HTTP Basic authentication"));
    }
    let read = || {
        let bytes = STANDARD.decode(value.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (key, secret) = text.split_once(':').filter(|(key, _)| !key.contains('\0'))?;
        Some(Credentials::Key(key.to_owned(), secret.to_owned()))
    };
    read().ok_or_else(|| refused("the Authorization header is not base64 of key:secret"))
}

fn refused(detail: &str) -> HttpFailure {
    Error::new(ErrorKind::Unauthenticated, "user_unauthenticated", detail).into()
}
