use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use api_types::{ErrorItem, ErrorSource, Failure, KafkaError};
use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use common_seams::uuid_v7;
use futures_util::FutureExt;
use parking_lot::Mutex;
use tracing::{Instrument as _, error, info, warn};

use super::HttpFailure;
use super::host::host_failure;
use super::limit::Counted;
use super::terms::terms_failure;
use super::traced;
use super::trail::trail;
use crate::ApiState;

/// Longest list of ignored members that is sent back.
const WARNING_LENGTH_MAX: usize = 1024;
const PANIC: &str = "the server failed on this request; its log says more under the request id";

/// Members of the body that nobody knows, noted while it is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ignored(pub(crate) Arc<Mutex<Vec<String>>>);

/// Gives every request an id and every failure its body.
pub(crate) async fn envelope(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = uuid_v7(&*state.clock, &*state.rng).to_string();
    let started = state.clock.mono();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span = traced::span(&request, route.as_ref(), &id);
    let ignored = Ignored::default();
    request.extensions_mut().insert(ignored.clone());
    let counted = Counted::default();
    request.extensions_mut().insert(counted.clone());
    let refused = if state.settings.check_host { host_failure(&request) } else { None };
    // No id holds a NUL, and Postgres cannot even be asked for one.
    let refused = refused.or_else(|| path.contains("%00").then(|| nothing_at(&path)));
    let refused = refused.or_else(|| terms_failure(&request));
    let mut response = match refused {
        Some(failure) => failure.into_response(),
        None => carry_out(&state, request, next, &id).instrument(span.clone()).await,
    };
    let failure = response.extensions_mut().remove::<HttpFailure>();
    if let Some(failure) = failure {
        response = render(&failure, &path, &id);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    counted.show(response.headers_mut());
    if let Some(value) = warning(&ignored.0.lock()) {
        response.headers_mut().insert("x-weir-warning", value);
    }
    let status = response.status().as_u16();
    traced::end(&span, status);
    let took = state.clock.mono().saturating_sub(started);
    state.counts.answered(&method, route.as_ref().map(MatchedPath::as_str), status, took);
    let duration_ms = took.as_millis();
    if response.status().is_server_error() {
        warn!(request.id = %id, http.method = %method, http.path = %path, http.status = status, duration_ms, "request failed");
    } else {
        info!(request.id = %id, http.method = %method, http.path = %path, http.status = status, duration_ms, "request served");
    }
    response
}

/// Carries a request out, with its event in the audit log.
async fn carry_out(state: &ApiState, request: Request, next: Next, id: &str) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let trail = trail(state, &request, id);
    let running = async {
        match &trail {
            Some(trail) => trail.follow(next.run(request)).await,
            None => next.run(request).await,
        }
    };
    let response = AssertUnwindSafe(running).catch_unwind().await.unwrap_or_else(|_| {
        error!(request.id = %id, http.method = %method, http.path = %path, "a handler panicked");
        HttpFailure::http(StatusCode::INTERNAL_SERVER_ERROR, "internal", PANIC).into_response()
    });
    let Some(trail) = trail else { return response };
    let code = response.extensions().get::<HttpFailure>().map_or("", |failure| failure.error.code);
    match state.app.close_trail(&trail, response.status().as_u16(), code).await {
        Ok(()) => response,
        // What nobody can read later must not count as done.
        Err(error) => HttpFailure::from(error).into_response(),
    }
}

/// The answer to a path that nobody serves.
pub(crate) async fn not_found(uri: Uri) -> HttpFailure {
    nothing_at(uri.path())
}

fn nothing_at(path: &str) -> HttpFailure {
    let detail = format!("resource not found: nothing is served at {path}");
    HttpFailure::http(StatusCode::NOT_FOUND, "resource_not_found", detail)
}

/// The answer to a method that a path does not have.
pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> HttpFailure {
    let detail = format!("{method} is not served at {}", uri.path());
    HttpFailure::http(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

fn render(failure: &HttpFailure, path: &str, id: &str) -> Response {
    let mut response = if path.starts_with("/kafka/v3") {
        let body =
            KafkaError { error_code: failure.kafka_code, message: failure.error.detail.clone() };
        (failure.status, Json(body)).into_response()
    } else {
        (failure.status, Json(body(failure, id))).into_response()
    };
    let headers = response.headers_mut();
    if failure.status == StatusCode::UNAUTHORIZED {
        let challenge = "Basic error=\"invalid_key\", realm=\"weir\"";
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(seconds) = failure.retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn body(failure: &HttpFailure, id: &str) -> Failure {
    let title = failure.status.canonical_reason().unwrap_or("Error").to_owned();
    let source = failure.error.source_pointer.as_ref().map(|name| {
        let pointer = name.starts_with('/');
        ErrorSource {
            pointer: pointer.then(|| name.clone()),
            parameter: (!pointer).then(|| name.clone()),
        }
    });
    Failure {
        errors: vec![ErrorItem {
            id: id.to_owned(),
            status: failure.status.as_u16().to_string(),
            code: failure.error.code.to_owned(),
            title: title.clone(),
            detail: failure.error.detail.clone(),
            source,
        }],
        problem_type: format!("urn:weir:error:{}", failure.error.code),
        title,
        status: failure.status.as_u16(),
        detail: failure.error.detail.clone(),
        instance: format!("urn:weir:request:{id}"),
    }
}

/// Names ignored members. Characters that a header cannot carry are left out.
fn warning(ignored: &[String]) -> Option<HeaderValue> {
    if ignored.is_empty() {
        return None;
    }
    let text = format!("ignored unknown members: {}", ignored.join(", "));
    let plain = text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ');
    HeaderValue::from_str(&plain.take(WARNING_LENGTH_MAX).collect::<String>()).ok()
}
