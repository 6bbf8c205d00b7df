use std::net::SocketAddr;

use api_app::Caller;
use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common_errors::{Error, ErrorKind};

use super::HttpFailure;
use crate::ApiState;

/// Who shows a Cloud key.
pub(crate) struct CloudCaller(pub(crate) Caller);

/// Who shows a key of the cluster in the path.
pub(crate) struct ClusterCaller(pub(crate) Caller);

impl FromRequestParts<ApiState> for CloudCaller {
    type Rejection = HttpFailure;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, HttpFailure> {
        let (key, secret) = credentials(parts)?;
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = address.map(|ConnectInfo(address)| address.ip());
        Ok(Self(state.app.authenticate_cloud(&key, &secret, address).await?))
    }
}

impl FromRequestParts<ApiState> for ClusterCaller {
    type Rejection = HttpFailure;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, HttpFailure> {
        let (key, secret) = credentials(parts)?;
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params =
            params.map_err(|error| refused(&format!("the path cannot be read: {error}")))?;
        let cluster = params.iter().find(|(name, _)| *name == "cluster_id");
        let cluster = cluster.map(|(_, value)| value).unwrap_or_default();
        Ok(Self(state.app.authenticate_cluster(&key, &secret, cluster).await?))
    }
}

/// Reads `Authorization: Basic base64(key:secret)`.
fn credentials(parts: &Parts) -> Result<(String, String), HttpFailure> {
    let header = parts.headers.get(AUTHORIZATION).ok_or_else(|| {
        refused("no credentials: send an API key and its secret with HTTP Basic authentication")
    })?;
    let text = header.to_str().unwrap_or_default();
    let (scheme, value) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(refused("send an API key and its secret with HTTP Basic authentication"));
    }
    let read = || {
        let bytes = STANDARD.decode(value.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (key, secret) = text.split_once(':').filter(|(key, _)| !key.contains('\0'))?;
        Some((key.to_owned(), secret.to_owned()))
    };
    read().ok_or_else(|| refused("the Authorization header is not base64 of key:secret"))
}

fn refused(detail: &str) -> HttpFailure {
    Error::new(ErrorKind::Unauthenticated, "user_unauthenticated", detail).into()
}
