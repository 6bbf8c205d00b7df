use std::time::Duration;

use common_errors::ErrorKind;
use serde_json::Value;

/// Why a request has no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server answered with an error.
    #[error("{}", .0.detail)]
    Api(Box<ApiError>),
    /// No connection, or it broke.
    #[error("cannot reach the API at {endpoint}: {reason}")]
    Unreachable {
        /// Where the request went.
        endpoint: String,
        /// The innermost cause.
        reason: String,
    },
    /// No answer in time; whether the request took effect is unknown.
    #[error("the API at {endpoint} did not answer within {} s", .after.as_secs())]
    Timeout {
        /// Where the request went.
        endpoint: String,
        /// How long the client waited.
        after: Duration,
    },
    /// An answer that is not JSON.
    #[error("{endpoint} answered {status} with something that is not the API's JSON")]
    NotJson {
        /// Where the request went.
        endpoint: String,
        /// HTTP status.
        status: u16,
    },
    /// The endpoint is no URL.
    #[error("the endpoint {0:?} is not an http:// or https:// URL")]
    Endpoint(String),
    /// The HTTP client cannot be built, as with an unreadable CA certificate.
    #[error("cannot set up the HTTP client: {0}")]
    Setup(String),
    /// A list that does not end.
    #[error("the list at {0} has more pages than this client reads")]
    EndlessList(String),
}

/// An error as the server described it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Stable code, where the body has one.
    pub code: Option<String>,
    /// What went wrong, in the server's words.
    pub detail: String,
    /// JSON pointer or parameter at fault, where the body names one.
    pub pointer: Option<String>,
    /// The request's id, to find it in the server's log.
    pub request_id: Option<String>,
    /// The body as sent.
    pub body: Value,
}

impl ApiError {
    /// Reads any of the API's error shapes: `errors[]`, and `error_code` with `message`.
    #[must_use]
    pub fn from_body(status: u16, request_id: Option<String>, body: Value) -> Self {
        let first = body.pointer("/errors/0").cloned().unwrap_or(Value::Null);
        let text = |v: Option<&Value>| v.and_then(Value::as_str).map(str::to_owned);
        let detail = text(first.get("detail"))
            .or_else(|| text(body.get("message")))
            .or_else(|| text(body.get("detail")))
            .or_else(|| text(body.pointer("/error/message")))
            .unwrap_or_else(|| format!("the API answered {status}"));
        let number = |v: &Value| v.as_i64().map(|n| n.to_string());
        let code = text(first.get("code"))
            .or_else(|| text(body.get("code")))
            .or_else(|| body.get("error_code").and_then(number));
        let pointer = text(first.pointer("/source/pointer"))
            .or_else(|| text(first.pointer("/source/parameter")));
        Self { status, code, detail, pointer, request_id, body }
    }
}

impl ClientError {
    /// The public kind: decides exit code and retry.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Api(e) => kind_of(e.status),
            Self::Unreachable { .. } => ErrorKind::Unavailable,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::Endpoint(_) | Self::Setup(_) => ErrorKind::Invalid,
            // A proxy speaks when its server is away; anything else is not our API at all.
            Self::NotJson { status: 429 | 502..=504, .. } => ErrorKind::Unavailable,
            Self::NotJson { .. } | Self::EndlessList(_) => ErrorKind::Internal,
        }
    }

    /// The server's description, when the server gave one.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(e) => Some(e),
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::NotJson { .. }
            | Self::Endpoint(_)
            | Self::Setup(_)
            | Self::EndlessList(_) => None,
        }
    }
}

fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Unauthenticated,
        402 => ErrorKind::Quota,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        410 => ErrorKind::Gone,
        412 | 428 => ErrorKind::Precondition,
        413 => ErrorKind::Limit,
        408 | 504 => ErrorKind::Timeout,
        429 | 502 | 503 => ErrorKind::Unavailable,
        400..=499 => ErrorKind::Invalid,
        _ => ErrorKind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_error_shapes_are_read() {
        let body = json!({"errors": [{"code": "resource_not_found", "detail": "no such thing",
            "source": {"pointer": "/spec/x"}}]});
        let error = ApiError::from_body(404, Some("r1".to_owned()), body);
        assert_eq!(error.detail, "no such thing");
        assert_eq!(error.code.as_deref(), Some("resource_not_found"));
        assert_eq!(error.pointer.as_deref(), Some("/spec/x"));

        let kafka = ApiError::from_body(400, None, json!({"error_code": 40002, "message": "dup"}));
        assert_eq!((kafka.detail.as_str(), kafka.code.as_deref()), ("dup", Some("40002")));
    }

    #[test]
    fn an_unknown_body_still_says_the_status() {
        assert_eq!(ApiError::from_body(418, None, json!([])).detail, "the API answered 418");
    }

    #[test]
    fn statuses_have_their_kind() {
        for (status, kind) in [
            (401, ErrorKind::Unauthenticated),
            (404, ErrorKind::NotFound),
            (409, ErrorKind::Conflict),
            (422, ErrorKind::Invalid),
            (429, ErrorKind::Unavailable),
            (500, ErrorKind::Internal),
        ] {
            assert_eq!(kind_of(status), kind, "{status}");
        }
    }
}
