use api_app::Change;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::{HttpFailure, Params};
use crate::ApiState;

pub(super) const DRY_RUN: &str = "weir-dry-run";

/// On which terms something is to be changed or deleted: `If-Match` and `dry_run`.
pub(crate) struct Changing(pub(crate) Change);

impl FromRequestParts<ApiState> for Changing {
    type Rejection = HttpFailure;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, HttpFailure> {
        let dry_run = Params::from_request_parts(parts, state).await?.dry_run()?;
        let mut only_at = None;
        for value in parts.headers.get_all(IF_MATCH) {
            let read = versions(value.to_str().unwrap_or_default()).ok_or_else(|| {
                let detail = "If-Match must be * or ETags of this API in quotes";
                HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_if_match", detail)
                    .at("If-Match")
            })?;
            match read {
                Wanted::Any => {}
                Wanted::These(more) => only_at.get_or_insert_with(Vec::new).extend(more),
            }
        }
        Ok(Self(Change { only_at, dry_run }))
    }
}

impl Changing {
    /// The answer to a change.
    pub(crate) fn reply(&self, version: i64, body: impl Serialize) -> Response {
        let mut response = tagged(version, body);
        self.mark(&mut response);
        response
    }

    /// The answer to what has no version.
    pub(crate) fn answer(&self, body: impl Serialize) -> Response {
        let mut response = Json(body).into_response();
        self.mark(&mut response);
        response
    }

    /// The answer to a deletion.
    pub(crate) fn gone(&self) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        self.mark(&mut response);
        response
    }

    fn mark(&self, response: &mut Response) {
        if self.0.dry_run {
            response.headers_mut().insert(DRY_RUN, HeaderValue::from_static("true"));
        }
    }
}

/// An object with its version, for `If-Match`.
pub(crate) fn tagged(version: i64, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

enum Wanted {
    Any,
    These(Vec<i64>),
}

/// Reads one header. A tag that no object can have is kept out: it matches nothing.
fn versions(text: &str) -> Option<Wanted> {
    if text.trim() == "*" {
        return Some(Wanted::Any);
    }
    let mut found = Vec::new();
    for tag in text.split(',') {
        let tag = tag.trim();
        let strong = tag.strip_prefix("W/").unwrap_or(tag);
        let inner = strong.strip_prefix('"')?.strip_suffix('"')?;
        // A weak tag compares unequal here, as HTTP has it.
        if strong.len() == tag.len() {
            found.extend(inner.parse::<i64>());
        }
    }
    Some(Wanted::These(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Option<Vec<i64>>> {
        versions(text).map(|wanted| match wanted {
            Wanted::Any => None,
            Wanted::These(found) => Some(found),
        })
    }

    #[test]
    fn tags_are_read_as_http_has_them() {
        assert_eq!(read("*"), Some(None));
        assert_eq!(read("\"3\""), Some(Some(vec![3])));
        assert_eq!(read("\"3\" , \"44\""), Some(Some(vec![3, 44])));
        assert_eq!(read("W/\"3\", \"abc\""), Some(Some(vec![])), "match nothing");
        for bad in ["", "3", "\"3", "\"3\",", "W/3"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
