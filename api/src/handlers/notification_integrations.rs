use api_app::{IntegrationWish, NewIntegration, TargetWish, Versioned, model};
use api_types::{
    Failure, List, NotificationDelivery, NotificationIntegration, NotificationIntegrationRequest,
    NotificationTargetRequest, NotificationTestRequest,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{ApiResult, Changing, CloudCaller, Creation, JsonBody, Params, made, tagged};
use crate::view;

/// Lists integrations: where notifications go.
#[utoipa::path(get, path = "/notifications/v1/integrations", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<NotificationIntegration>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_notification_integrations(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<NotificationIntegration>>> {
    let page = state.app.notification_integrations(&caller, &params.page()?).await?;
    let mut urls = Vec::with_capacity(page.items.len());
    for row in &page.items {
        urls.push(state.app.webhook_url(row)?);
    }
    let endpoints = state.app.endpoints();
    let place = ("notifications/v1", "Integration", "/notifications/v1/integrations");
    let rows = api_app::Page { items: page.items.into_iter().zip(urls).collect(), next: page.next };
    Ok(Json(view::list(endpoints, place, &params, rows, |(row, url)| {
        view::notification_integration(endpoints, row, url, None)
    })))
}

/// Makes an integration. The key of the signatures of a webhook is in this answer only.
#[utoipa::path(post, path = "/notifications/v1/integrations", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = NotificationIntegrationRequest,
    responses(
        (status = 201, description = "The new one", body = NotificationIntegration),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_notification_integration(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<NotificationIntegrationRequest>,
) -> ApiResult<Response> {
    let url = body.target.as_ref().and_then(|target| target.webhook_url.clone());
    let (url, endpoints) = (url.unwrap_or_default(), state.app.endpoints());
    let answer = |new: &NewIntegration| {
        let (row, secret) = (new.row.clone(), new.signing_secret.clone());
        let shown = view::notification_integration(endpoints, row, url.clone(), secret);
        made(StatusCode::CREATED, &shown)
    };
    let new =
        state.app.create_notification_integration(&caller, wish(body), terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads an integration.
#[utoipa::path(get, path = "/notifications/v1/integrations/{id}", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`int-…`")),
    responses(
        (status = 200, description = "As it is", body = NotificationIntegration),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_notification_integration(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.notification_integration(&caller, &id).await?;
    Ok(tagged(row.version(), shown(&state, row, None)?))
}

/// Changes an integration. One that was disabled is sent to again.
#[utoipa::path(patch, path = "/notifications/v1/integrations/{id}", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`int-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = NotificationIntegrationRequest,
    responses(
        (status = 200, description = "As it is", body = NotificationIntegration),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_notification_integration(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<NotificationIntegrationRequest>,
) -> ApiResult<Response> {
    let changed =
        state.app.update_notification_integration(&caller, &id, wish(body), &changing.0).await?;
    let secret = changed.signing_secret.filter(|_| !changing.0.dry_run);
    let version = changed.row.version();
    Ok(changing.reply(version, shown(&state, changed.row, secret)?))
}

/// Deletes an integration that no subscription has, with what is on its way to it.
#[utoipa::path(delete, path = "/notifications/v1/integrations/{id}", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`int-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_notification_integration(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_notification_integration(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

/// Sends a test message and waits for its receiver.
#[utoipa::path(post, path = "/notifications/v1/integrations:test", tag = "notifications/v1",
    security(("cloud_key" = [])),
    request_body = NotificationTestRequest,
    responses(
        (status = 204, description = "It arrived"),
        (status = "4XX", description = "The request was refused, or the message did not arrive", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_notification_test(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    JsonBody(body): JsonBody<NotificationTestRequest>,
) -> ApiResult<StatusCode> {
    let target = body.target.map(target);
    state.app.test_notification_integration(&caller, body.id.as_deref(), target).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists messages that were sent in the last seven days or wait to be, the newest first.
#[utoipa::path(get, path = "/weir/v1/notification-deliveries", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("integration" = Option<String>, Query, description = "Only to this one: `int-…`"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<NotificationDelivery>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_notification_deliveries(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<NotificationDelivery>>> {
    let integration = params.owned("integration");
    let page = state.app.notification_deliveries(&caller, integration, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("weir/v1", "NotificationDelivery", "/weir/v1/notification-deliveries");
    Ok(Json(view::list(endpoints, place, &params, page, |row| {
        view::notification_delivery(endpoints, row)
    })))
}

fn shown(
    state: &ApiState,
    row: model::NotificationIntegration,
    secret: Option<String>,
) -> ApiResult<NotificationIntegration> {
    let url = state.app.webhook_url(&row)?;
    Ok(view::notification_integration(state.app.endpoints(), row, url, secret))
}

fn wish(body: NotificationIntegrationRequest) -> IntegrationWish {
    IntegrationWish {
        display_name: body.display_name,
        description: body.description,
        target: body.target.map(target),
    }
}

fn target(body: NotificationTargetRequest) -> TargetWish {
    TargetWish { kind: body.kind, webhook_url: body.webhook_url }
}
