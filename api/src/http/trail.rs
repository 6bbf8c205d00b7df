use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::LazyLock;

use api_app::Trail;
use api_app::model::{AuditEvent, AuditKind, AuditResult, AuditService};
use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::Method;

use crate::ApiState;
use crate::openapi::routes;

/// The operation of each method and path: `CreateEnvironment`.
static OPERATIONS: LazyLock<HashMap<(String, String), String>> = LazyLock::new(|| {
    let (_, document) = routes().split_for_parts();
    let document = serde_json::to_value(&document).unwrap_or_default();
    let mut found = HashMap::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            if let Some(id) = operation["operationId"].as_str() {
                found.insert((method.to_uppercase(), path.clone()), camel(id));
            }
        }
    }
    found
});

/// Opens the audit trail of a request to a path that is served.
pub(super) fn trail(state: &ApiState, request: &Request, id: &str) -> Option<Trail> {
    let matched = request.extensions().get::<MatchedPath>()?.as_str();
    let (method, path) = (request.method(), request.uri().path());
    let known = OPERATIONS.get(&(method.as_str().to_owned(), matched.to_owned()));
    let name = known.cloned().unwrap_or_else(|| format!("{method} {matched}"));
    let is_kafka = path.starts_with("/kafka/v3/");
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let event = AuditEvent {
        id: id.to_owned(),
        organization_id: String::new(),
        created_us: state.clock.wall_us(),
        kind: AuditKind::Request,
        service: if is_kafka { AuditService::Kafka } else { AuditService::Cloud },
        method: name,
        subject: String::new(),
        resource_type: String::new(),
        resource_name: String::new(),
        operation: String::new(),
        principal: String::new(),
        key_id: String::new(),
        mechanism: "HTTP_BASIC".to_owned(),
        identity: String::new(),
        address: address.map(|ConnectInfo(address)| address.ip().to_string()).unwrap_or_default(),
        request: format!("{method} {path}"),
        result: AuditResult::Success,
        error_code: String::new(),
    };
    Some(Trail::new(event, is_change(request, matched)))
}

/// Whether a request changes what the control plane or a cluster is. Records are data, what command lines
/// tell of themselves is kept nowhere, a session has its token already, a question about metrics is posted,
/// and a rehearsal changes nothing.
fn is_change(request: &Request, matched: &str) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    let notes = matched.ends_with("/records")
        || matched.starts_with("/cli/v1/")
        || matched == "/access_tokens"
        || matched.starts_with("/v2/metrics/");
    !reads && !notes && !query.split('&').any(|pair| pair == "dry_run=true")
}

fn camel(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for word in id.split('_') {
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}
