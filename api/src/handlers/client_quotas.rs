use api_app::{QuotaWish, Versioned, model};
use api_types::{ClientQuota, ClientQuotaRequest, Failure, List};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Creation, JsonBody, Params, made, tagged};
use crate::view;

/// Lists the client quotas of a cluster.
#[utoipa::path(get, path = "/kafka-quotas/v1/client-quotas", tag = "kafka-quotas/v1",
    security(("cloud_key" = [])),
    params(
        ("spec.cluster" = String, Query, description = "Required: `lkc-…`"),
        ("environment" = String, Query, description = "Required: the environment of the cluster"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<ClientQuota>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_client_quotas(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<ClientQuota>>> {
    let within = (params.first("environment"), params.first("spec.cluster"));
    let page = state.app.client_quotas(&caller, within, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("kafka-quotas/v1", "ClientQuota", "/kafka-quotas/v1/client-quotas");
    Ok(Json(view::list(endpoints, place, &params, page, |row| view::client_quota(endpoints, row))))
}

/// Makes a client quota. It is in force when this is answered.
#[utoipa::path(post, path = "/kafka-quotas/v1/client-quotas", tag = "kafka-quotas/v1",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = ClientQuotaRequest,
    responses(
        (status = 202, description = "The new one", body = ClientQuota),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_client_quota(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<ClientQuotaRequest>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let answer = |row: &model::ClientQuota| {
        made(StatusCode::ACCEPTED, &view::client_quota(endpoints, row.clone()))
    };
    let new = state.app.create_client_quota(&caller, wish(body), terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads a client quota.
#[utoipa::path(get, path = "/kafka-quotas/v1/client-quotas/{id}", tag = "kafka-quotas/v1",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`cq-…`")),
    responses(
        (status = 200, description = "As it is", body = ClientQuota),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_client_quota(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.client_quota(&caller, &id).await?;
    Ok(tagged(row.version(), view::client_quota(state.app.endpoints(), row)))
}

/// Changes name, description, rates and principals of a client quota. In force when this is answered.
#[utoipa::path(patch, path = "/kafka-quotas/v1/client-quotas/{id}", tag = "kafka-quotas/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`cq-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = ClientQuotaRequest,
    responses(
        (status = 200, description = "As it is", body = ClientQuota),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_client_quota(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<ClientQuotaRequest>,
) -> ApiResult<Response> {
    let row = state.app.update_client_quota(&caller, &id, wish(body), &changing.0).await?;
    Ok(changing.reply(row.version(), view::client_quota(state.app.endpoints(), row)))
}

/// Deletes a client quota. Nobody is slowed by it when this is answered.
#[utoipa::path(delete, path = "/kafka-quotas/v1/client-quotas/{id}", tag = "kafka-quotas/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`cq-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_client_quota(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_client_quota(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

fn wish(body: ClientQuotaRequest) -> QuotaWish {
    let spec = body.spec.unwrap_or_default();
    let throughput = spec.throughput.unwrap_or_default();
    QuotaWish {
        display_name: spec.display_name,
        description: spec.description,
        ingress: throughput.ingress_byte_rate,
        egress: throughput.egress_byte_rate,
        cluster_id: spec.cluster.map(|reference| reference.id),
        environment_id: spec.environment.map(|reference| reference.id),
        principals: spec.principals.map(|all| all.into_iter().map(|it| it.id).collect()),
    }
}
