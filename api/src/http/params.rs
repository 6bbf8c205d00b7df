use std::time::Duration;

use api_app::PageRequest;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::HttpFailure;

/// Longest time that an answer is held back: below what proxies cut off.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// The query of a request: names may repeat and may hold dots. Unknown names are ignored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// The first value with this name. An empty value is the same as none.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.first(name).map(str::to_owned)
    }

    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.clone()).collect()
    }

    /// Whether nothing is to be changed.
    pub(crate) fn dry_run(&self) -> Result<bool, HttpFailure> {
        self.flag("dry_run")
    }

    /// How long the answer may be held back until what was asked for is there: `500ms`, `30s`, `1m`.
    pub(crate) fn wait(&self) -> Result<Duration, HttpFailure> {
        let Some(text) = self.first("wait") else { return Ok(Duration::ZERO) };
        let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(at);
        let unit_ms = match unit {
            "ms" => Some(1),
            "s" => Some(1000),
            "m" => Some(60_000),
            _ => None,
        };
        let number = digits.parse::<u64>().ok();
        let wait = number.zip(unit_ms).map(|(n, ms)| Duration::from_millis(n.saturating_mul(ms)));
        wait.filter(|wait| *wait <= WAIT_MAX).ok_or_else(|| {
            let seconds = WAIT_MAX.as_secs();
            let detail = format!(
                "wait must be like 500ms, 30s or 1m, and {seconds}s at most, got {text:?}; ask again to wait longer"
            );
            HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_filter", detail).at("wait")
        })
    }

    /// A parameter that says `true` or `false`; without it, false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, HttpFailure> {
        match self.first(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(text) => {
                let detail = format!("{name} must be true or false, got {text:?}");
                let failure = HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_filter", detail);
                Err(failure.at(name))
            }
        }
    }

    /// Which page is wanted.
    pub(crate) fn page(&self) -> Result<PageRequest, HttpFailure> {
        let size = match self.first("page_size") {
            None => None,
            // Any whole number is brought to the nearest size that there is.
            Some(text) => match text.parse::<i64>() {
                Ok(n) => Some(u32::try_from(n.clamp(1, i64::from(u32::MAX))).unwrap_or(u32::MAX)),
                Err(_) => {
                    let detail = format!("page_size must be a whole number, got {text:?}");
                    let failure =
                        HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_filter", detail);
                    return Err(failure.at("page_size"));
                }
            },
        };
        Ok(PageRequest { size, token: self.owned("page_token") })
    }

    /// The query of the first page of the same list.
    pub(crate) fn without_token(&self) -> Vec<(&str, &str)> {
        self.0
            .iter()
            .filter(|(name, _)| name != "page_token")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = HttpFailure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        match Query::<Vec<(String, String)>>::try_from_uri(&parts.uri) {
            // No stored text holds a NUL, and Postgres cannot even be asked for one.
            Ok(Query(pairs)) if pairs.iter().any(|(_, value)| value.contains('\0')) => {
                let detail = "the query must not hold NUL characters";
                Err(HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_filter", detail))
            }
            Ok(Query(pairs)) => Ok(Self(pairs)),
            Err(error) => {
                let detail = format!("the query cannot be read: {error}");
                Err(HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_filter", detail))
            }
        }
    }
}
