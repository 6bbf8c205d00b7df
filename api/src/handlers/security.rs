use api_app::Versioned;
use api_types::{Failure, List, SecurityFinding, SecurityFindingUpdate, SecurityScore};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, JsonBody, Params, tagged};
use crate::view;

/// Lists what rules over the audit log found, the oldest first.
#[utoipa::path(get, path = "/weir/v1/security-findings", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("state" = Option<String>, Query, description = "Only with this state: `OPEN`, `ACKNOWLEDGED` or `RESOLVED`"),
        ("rule" = Option<String>, Query, description = "Only of this rule: `failed-sign-ins`"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<SecurityFinding>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_security_findings(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<SecurityFinding>>> {
    let filter = (params.first("state"), params.first("rule"));
    let page = state.app.security_findings(&caller, filter, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("weir/v1", "SecurityFinding", "/weir/v1/security-findings");
    Ok(Json(view::list(endpoints, place, &params, page, |row| {
        view::security_finding(endpoints, row)
    })))
}

/// Reads a finding.
#[utoipa::path(get, path = "/weir/v1/security-findings/{id}", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`fnd-…`")),
    responses(
        (status = 200, description = "As it is", body = SecurityFinding),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_security_finding(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.security_finding(&caller, &id).await?;
    Ok(tagged(row.version(), view::security_finding(state.app.endpoints(), row)))
}

/// Says how far somebody got with a finding.
#[utoipa::path(patch, path = "/weir/v1/security-findings/{id}", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`fnd-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = SecurityFindingUpdate,
    responses(
        (status = 200, description = "As it is", body = SecurityFinding),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_security_finding(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<SecurityFindingUpdate>,
) -> ApiResult<Response> {
    let wanted = body.state.as_deref();
    let row = state.app.update_security_finding(&caller, &id, wanted, &changing.0).await?;
    let version = row.version();
    Ok(changing.reply(version, view::security_finding(state.app.endpoints(), row)))
}

/// Says how safe the organization is, as far as rules can tell, and how that is computed.
#[utoipa::path(get, path = "/weir/v1/security-score", tag = "weir/v1",
    security(("cloud_key" = [])),
    responses(
        (status = 200, description = "As it is", body = SecurityScore),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_security_score(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
) -> ApiResult<Json<SecurityScore>> {
    Ok(Json(view::security_score(state.app.security_score(&caller).await?)))
}
