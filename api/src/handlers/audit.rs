use api_app::{AuditFilter, AuditWish, Versioned};
use api_types::{AuditEvent, AuditSettings, AuditSettingsRequest, Failure, List, parse_rfc3339};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, HttpFailure, JsonBody, Params, tagged};
use crate::view;

/// Lists events of the audit log, the newest first.
#[utoipa::path(get, path = "/weir/v1/audit-events", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("start_time" = Option<String>, Query, description = "Not before this: RFC 3339"),
        ("end_time" = Option<String>, Query, description = "Before this: RFC 3339"),
        ("principal" = Option<String>, Query, description = "Only of this principal: `User:sa-…`, or `sa-…`"),
        ("resource" = Option<String>, Query, description = "Only with this resource: its id or name, or a CRN, which also covers what is below it"),
        ("result" = Option<String>, Query, description = "Only with this result: `SUCCESS`, `FAILURE`, `DENIED` or `PENDING`"),
        ("request_id" = Option<String>, Query, description = "Only of the request with this `X-Request-Id`"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<AuditEvent>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_audit_events(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<AuditEvent>>> {
    let principal = params.owned("principal").map(|name| match name.strip_prefix("User:") {
        Some(_) => name,
        None => format!("User:{name}"),
    });
    let result = params
        .first("result")
        .map(|text| text.parse().map_err(|error| refused("result", format!("result: {error}"))));
    let filter = AuditFilter {
        from_us: time(&params, "start_time")?,
        until_us: time(&params, "end_time")?,
        principal,
        resource: params.owned("resource"),
        result: result.transpose()?,
        request_id: params.owned("request_id"),
    };
    let page = state.app.audit_events(&caller, filter, &params.page()?).await?;
    let place = ("weir/v1", "AuditEvent", "/weir/v1/audit-events");
    Ok(Json(view::list(state.app.endpoints(), place, &params, page, view::audit_event)))
}

/// Says how long the audit log is kept.
#[utoipa::path(get, path = "/weir/v1/audit-settings", tag = "weir/v1",
    security(("cloud_key" = [])),
    responses(
        (status = 200, description = "As it is", body = AuditSettings),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_audit_settings(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
) -> ApiResult<Response> {
    let row = state.app.audit_settings(&caller).await?;
    Ok(tagged(row.version(), view::audit_settings(&row)))
}

/// Changes how long the audit log is kept, holds all of it, or writes it to a topic, too.
#[utoipa::path(patch, path = "/weir/v1/audit-settings", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = AuditSettingsRequest,
    responses(
        (status = 200, description = "As it is", body = AuditSettings),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_audit_settings(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    changing: Changing,
    JsonBody(body): JsonBody<AuditSettingsRequest>,
) -> ApiResult<Response> {
    let wish = AuditWish {
        retention_days: body.retention_days,
        legal_hold: body.legal_hold,
        topic_cluster_id: body.topic_cluster_id,
    };
    let row = state.app.update_audit_settings(&caller, wish, &changing.0).await?;
    Ok(changing.reply(row.version(), view::audit_settings(&row)))
}

fn time(params: &Params, name: &str) -> Result<Option<i64>, HttpFailure> {
    let read = |text: &str| {
        parse_rfc3339(text).ok_or_else(|| {
            refused(name, format!("{name} must be RFC 3339 with a zone, got {text:?}"))
        })
    };
    params.first(name).map(read).transpose()
}

fn refused(name: &str, detail: String) -> HttpFailure {
    HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_filter", detail).at(name)
}
