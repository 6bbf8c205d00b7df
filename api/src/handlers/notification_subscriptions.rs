use api_app::model::NoticeType;
use api_app::{Page, SubscriptionWish, Versioned, model};
use api_types::{
    Failure, List, NotificationSubscription, NotificationSubscriptionRequest, NotificationType,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::ApiState;
use crate::http::{
    ApiResult, Changing, CloudCaller, Creation, HttpFailure, JsonBody, Params, made, tagged,
};
use crate::view;

/// Lists subscriptions: which notifications go where.
#[utoipa::path(get, path = "/notifications/v1/subscriptions", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<NotificationSubscription>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_notification_subscriptions(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<NotificationSubscription>>> {
    let page = state.app.notification_subscriptions(&caller, &params.page()?).await?;
    let endpoints = state.app.endpoints();
    let place = ("notifications/v1", "Subscription", "/notifications/v1/subscriptions");
    Ok(Json(view::list(endpoints, place, &params, page, |row| {
        view::notification_subscription(endpoints, row)
    })))
}

/// Makes a subscription: what happens from now on is told.
#[utoipa::path(post, path = "/notifications/v1/subscriptions", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = NotificationSubscriptionRequest,
    responses(
        (status = 201, description = "The new one", body = NotificationSubscription),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_notification_subscription(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<NotificationSubscriptionRequest>,
) -> ApiResult<Response> {
    let endpoints = state.app.endpoints();
    let answer = |row: &model::NotificationSubscription| {
        made(StatusCode::CREATED, &view::notification_subscription(endpoints, row.clone()))
    };
    let new =
        state.app.create_notification_subscription(&caller, wish(body), terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads a subscription.
#[utoipa::path(get, path = "/notifications/v1/subscriptions/{id}", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`sub-…`")),
    responses(
        (status = 200, description = "As it is", body = NotificationSubscription),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_notification_subscription(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.notification_subscription(&caller, &id).await?;
    Ok(tagged(row.version(), view::notification_subscription(state.app.endpoints(), row)))
}

/// Changes a subscription.
#[utoipa::path(patch, path = "/notifications/v1/subscriptions/{id}", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`sub-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    request_body = NotificationSubscriptionRequest,
    responses(
        (status = 200, description = "As it is", body = NotificationSubscription),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_notification_subscription(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
    JsonBody(body): JsonBody<NotificationSubscriptionRequest>,
) -> ApiResult<Response> {
    let row =
        state.app.update_notification_subscription(&caller, &id, wish(body), &changing.0).await?;
    let version = row.version();
    Ok(changing.reply(version, view::notification_subscription(state.app.endpoints(), row)))
}

/// Deletes a subscription. What is on its way already still arrives.
#[utoipa::path(delete, path = "/notifications/v1/subscriptions/{id}", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`sub-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_notification_subscription(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_notification_subscription(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

/// Lists what somebody can be told of.
#[utoipa::path(get, path = "/notifications/v1/notification-types", tag = "notifications/v1",
    security(("cloud_key" = [])),
    responses(
        (status = 200, description = "All of them", body = List<NotificationType>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_notification_types(
    State(state): State<ApiState>,
    CloudCaller(_): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<NotificationType>>> {
    let endpoints = state.app.endpoints();
    let place = ("notifications/v1", "NotificationType", "/notifications/v1/notification-types");
    let page = Page { items: NoticeType::ALL.to_vec(), next: None };
    Ok(Json(view::list(endpoints, place, &params, page, |it| {
        view::notification_type(endpoints, it)
    })))
}

/// Reads one thing that somebody can be told of.
#[utoipa::path(get, path = "/notifications/v1/notification-types/{id}", tag = "notifications/v1",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`cluster-ready`")),
    responses(
        (status = 200, description = "As it is", body = NotificationType),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_notification_type(
    State(state): State<ApiState>,
    CloudCaller(_): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Json<NotificationType>> {
    let found: NoticeType = id.parse().map_err(|_| {
        let detail = format!("resource not found: there is no notification type {id:?}");
        HttpFailure::http(StatusCode::NOT_FOUND, "resource_not_found", detail)
    })?;
    Ok(Json(view::notification_type(state.app.endpoints(), found)))
}

fn wish(body: NotificationSubscriptionRequest) -> SubscriptionWish {
    SubscriptionWish {
        notification_type: body.notification_type.map(|it| it.id),
        integrations: body.integrations.map(|all| all.into_iter().map(|it| it.id).collect()),
        current_state: body.current_state,
    }
}
