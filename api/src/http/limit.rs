//! Rate limits where requests come in: who asks is known once credentials are, and the headers go out with
//! whatever is answered.

use std::net::IpAddr;
use std::sync::Arc;

use api_app::Caller;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use parking_lot::Mutex;

use super::HttpFailure;
use crate::ApiState;
use crate::rates::{Allowance, RouteClass};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// What the caller of a request has left, noted when they are known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted(Arc<Mutex<Option<Allowance>>>);

impl Counted {
    /// Puts it on the answer, as relative seconds.
    pub(super) fn show(&self, headers: &mut HeaderMap) {
        let Some(it) = *self.0.lock() else { return };
        headers.insert(LIMIT, HeaderValue::from(it.limit));
        headers.insert(REMAINING, HeaderValue::from(it.remaining));
        headers.insert(RESET, HeaderValue::from(it.reset_s));
    }
}

/// Counts a request of somebody who is known, once.
pub(super) fn count(parts: &Parts, state: &ApiState, caller: &Caller) -> Result<(), HttpFailure> {
    count_as(parts, state, format!("{}/{}", caller.organization_id, caller.principal_id))
}

/// Counts a request of somebody who is not known, by address.
pub(super) fn count_stranger(
    parts: &Parts,
    state: &ApiState,
    address: Option<IpAddr>,
) -> Result<(), HttpFailure> {
    let from = match address {
        // Whoever has one address of a network of this size has all of them.
        Some(IpAddr::V6(address)) => format!("{:?}/64", &address.segments()[..4]),
        Some(IpAddr::V4(address)) => address.to_string(),
        None => String::new(),
    };
    count_as(parts, state, format!("from {from}"))
}

fn count_as(parts: &Parts, state: &ApiState, who: String) -> Result<(), HttpFailure> {
    let Some(counted) = parts.extensions.get::<Counted>() else { return Ok(()) };
    let mut counted = counted.0.lock();
    if counted.is_some() {
        return Ok(());
    }
    let class = class_of(&parts.method, parts.uri.path());
    *counted = state.rates.take(state.clock.mono(), state.settings.rates, (who, class));
    match counted.and_then(|it| it.retry_after_s) {
        None => Ok(()),
        Some(seconds) => {
            let detail =
                "you ask too often: wait as long as Retry-After says, and space requests out";
            let status = StatusCode::TOO_MANY_REQUESTS;
            Err(HttpFailure::http(status, "rate_limit_exceeded", detail).after(seconds))
        }
    }
}

fn class_of(method: &Method, path: &str) -> RouteClass {
    let looks = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    if path.starts_with("/kafka/v3/") {
        return if path.ends_with("/records") { RouteClass::Records } else { RouteClass::Kafka };
    }
    if looks || path.starts_with("/v2/metrics/") { RouteClass::Read } else { RouteClass::Write }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_of_one_class() {
        for (method, path, class) in [
            (Method::GET, "/org/v2/environments", RouteClass::Read),
            (Method::POST, "/v2/metrics/cloud/query", RouteClass::Read),
            (Method::PATCH, "/iam/v2/api-keys/K", RouteClass::Write),
            (Method::GET, "/kafka/v3/clusters/lkc-1/topics", RouteClass::Kafka),
            (Method::POST, "/kafka/v3/clusters/lkc-1/acls", RouteClass::Kafka),
            (Method::POST, "/kafka/v3/clusters/lkc-1/topics/t/records", RouteClass::Records),
        ] {
            assert_eq!(class_of(&method, path), class, "{method} {path}");
        }
    }
}
