use axum::extract::Request;
use axum::http::header::IF_MATCH;
use axum::http::{Method, StatusCode};

use super::HttpFailure;
use super::creation::KEY;

/// Refuses what `kafka/v3` cannot keep: its topics and records are in the cell, where no receipt is one
/// transaction with them, and a dry run that changes something is worse than none.
pub(super) fn terms_failure(request: &Request) -> Option<HttpFailure> {
    let path = request.uri().path();
    if !path.starts_with("/kafka/v3/") || request.method() == Method::GET {
        return None;
    }
    let refuse = |code, detail: &str, name| {
        Some(HttpFailure::http(StatusCode::BAD_REQUEST, code, detail).at(name))
    };
    let is_made = path.ends_with("/topics") || path.ends_with("/records");
    if is_made && request.headers().contains_key(KEY) {
        let detail = "kafka/v3 keeps no Idempotency-Key: a topic is made once by its name, and \
                      records are written once by a Kafka producer with enable.idempotence";
        return refuse("idempotency_key_unsupported", detail, "Idempotency-Key");
    }
    if request.headers().contains_key(IF_MATCH) {
        return refuse("if_match_unsupported", "kafka/v3 has no ETag and no If-Match", "If-Match");
    }
    let query = request.uri().query().unwrap_or_default();
    if query.split('&').any(|pair| pair == "dry_run" || pair.starts_with("dry_run=")) {
        let detail = "kafka/v3 has no dry_run; use validate_only in the body, where there is one";
        return refuse("dry_run_unsupported", detail, "dry_run");
    }
    None
}
