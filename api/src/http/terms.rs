use axum::extract::Request;
use axum::http::{Method, StatusCode};

use super::HttpFailure;
use super::creation::KEY;

/// Refuses terms that cannot be kept. Topics and records are in the cell, where no receipt is one
/// transaction with them; and a dry run that changes something is worse than none.
pub(super) fn terms_failure(request: &Request) -> Option<HttpFailure> {
    let path = request.uri().path();
    let is_kafka = path.starts_with("/kafka/v3/");
    if request.method() == Method::GET || (request.method() == Method::POST && !is_kafka) {
        return None;
    }
    let refuse = |code, detail: &str, name| {
        Some(HttpFailure::http(StatusCode::BAD_REQUEST, code, detail).at(name))
    };
    let is_made = is_kafka && path.ends_with("/topics") || path.ends_with("/records");
    if is_made && request.headers().contains_key(KEY) {
        let detail = "kafka/v3 keeps no Idempotency-Key: a topic is made once by its name, and \
                      records are written once by a Kafka producer with enable.idempotence";
        return refuse("idempotency_key_unsupported", detail, "Idempotency-Key");
    }
    let query = request.uri().query().unwrap_or_default();
    if query.split('&').any(|pair| pair == "dry_run" || pair.starts_with("dry_run=")) {
        let detail =
            "there is no dry_run of this request; kafka/v3 has validate_only in some bodies";
        return refuse("dry_run_unsupported", detail, "dry_run");
    }
    None
}
