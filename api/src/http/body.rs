use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Extensions, HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::HttpFailure;
use super::envelope::Ignored;
use crate::ApiState;

/// A JSON body. Members that nobody knows are ignored and noted.
pub(crate) struct JsonBody<T>(pub(crate) T);

/// Members that clients echo from answers: the server owns them, so they are no news to anybody.
const ECHOED: [&str; 5] = ["api_version", "kind", "id", "metadata", "status"];

impl<T: DeserializeOwned> FromRequest<ApiState> for JsonBody<T> {
    type Rejection = HttpFailure;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body, state).await?;
        Ok(Self(parse(&parts.extensions, &bytes)?))
    }
}

/// The bytes of a body that may be JSON.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    state: &ApiState,
) -> Result<Bytes, HttpFailure> {
    check_json(headers)?;
    let bytes = bytes_of(body, state).await?;
    if holds_nul(&bytes) {
        let detail = "the body must not hold NUL characters";
        return Err(HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_json", detail));
    }
    Ok(bytes)
}

/// The bytes of a body that is not too large.
pub(super) async fn bytes_of(body: Body, state: &ApiState) -> Result<Bytes, HttpFailure> {
    let limit = state.settings.body_max;
    to_bytes(body, limit).await.map_err(|_| {
        // Too large and cut off look the same here; both end at the limit or before it.
        let detail = format!("the body is larger than {limit} bytes, or was cut off");
        HttpFailure::http(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    })
}

/// Reads JSON, and notes members that nobody knows.
pub(super) fn parse<T: DeserializeOwned>(
    extensions: &Extensions,
    bytes: &[u8],
) -> Result<T, HttpFailure> {
    let ignored = extensions.get::<Ignored>().cloned().unwrap_or_default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut unknown = Vec::new();
    let value = serde_ignored::deserialize(&mut reader, |path| {
        let path = path.to_string().replace(".?", "");
        if !ECHOED.contains(&path.as_str()) {
            unknown.push(path);
        }
    });
    let value = value.and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        let detail = format!("the body is not the JSON that this request takes: {error}");
        HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_json", detail)
    })?;
    ignored.0.lock().extend(unknown);
    Ok(value)
}

/// Refuses a body that says that it is something else.
pub(crate) fn check_json(headers: &HeaderMap) -> Result<(), HttpFailure> {
    let content_type = headers.get(CONTENT_TYPE);
    if let Some(given) = content_type.map(|value| value.to_str().unwrap_or("?"))
        && !is_json(given)
    {
        let detail = format!("Content-Type must be application/json, got {given:?}");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(HttpFailure::http(status, "unsupported_media_type", detail));
    }
    Ok(())
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Whether a text of the body has an escaped NUL: Postgres stores none, so nothing here does.
fn holds_nul(body: &[u8]) -> bool {
    let mut escaped = false;
    for (index, byte) in body.iter().enumerate() {
        if escaped && body[index..].starts_with(b"u0000") {
            return true;
        }
        escaped = *byte == b'\\' && !escaped;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::holds_nul;

    #[test]
    fn only_an_escaped_nul_is_found() {
        assert!(holds_nul(br#"{"a": "x\u0000"}"#));
        assert!(holds_nul(br#"{"a": "\\\u0000"}"#));
        assert!(!holds_nul(br#"{"a": "\\u0000"}"#));
        assert!(!holds_nul(br#"{"a": "u0000 \n \u0001"}"#));
    }
}
