use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use api_app::{ClusterEventFilter, event_number, model};
use api_types::{ClusterEvent, Failure, List};
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::OwnedSemaphorePermit;

use crate::ApiState;
use crate::http::{ApiResult, CloudCaller, HttpFailure, Params};
use crate::view;

/// Where a client says which event it has seen last.
const LAST_EVENT_ID: &str = "last-event-id";
/// What an event stream is asked for with.
const EVENT_STREAM: &str = "text/event-stream";
/// How often it is looked for news, and whether whoever listens still may.
const LOOK: Duration = Duration::from_millis(250);
/// Events read at once.
const BATCH: u32 = 100;
/// Looks after which a stream ends, so that none lasts for ever; clients connect again and go on.
const LOOKS_MAX: u32 = 14_400;

/// Lists what happened to clusters of an environment, the oldest first; with `Accept: text/event-stream` goes on
/// with what happens.
#[utoipa::path(get, path = "/weir/v1/cluster-events", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(
        ("environment" = String, Query, description = "`env-…`"),
        ("cluster" = Option<String>, Query, description = "Only of this cluster: `lkc-…`"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
        ("Last-Event-ID" = Option<String>, Header, description = "A stream begins behind this event; 0 for all there are. Without it: what happens from now on"),
    ),
    responses(
        (status = 200, description = "One page; as a stream, server-sent events whose data is a ClusterEvent each", body = List<ClusterEvent>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_cluster_events(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
    Whole(parts): Whole,
) -> ApiResult<Response> {
    let filter = ClusterEventFilter {
        environment_id: params.owned("environment"),
        cluster_id: params.owned("cluster"),
    };
    let accepts = parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if accepts.is_some_and(|value| value.contains(EVENT_STREAM)) {
        // Refused before the first byte, if at all.
        state.app.cluster_events_after(&caller, &filter, i64::MAX, 1).await?;
        let after = match parts.headers.get(LAST_EVENT_ID).map(|value| value.to_str()) {
            Some(id) => event_number(id.unwrap_or_default(), "Last-Event-ID")?,
            None => state.app.last_cluster_event().await?,
        };
        let turn = state.streams.clone().try_acquire_owned().map_err(|_| too_many())?;
        let listener = Listener {
            state,
            parts,
            filter,
            after,
            looks: 0,
            waiting: VecDeque::new(),
            _turn: turn,
        };
        return Ok(Sse::new(events(listener)).keep_alive(KeepAlive::default()).into_response());
    }
    let page = state.app.cluster_events(&caller, &filter, &params.page()?).await?;
    let place = ("weir/v1", "ClusterEvent", "/weir/v1/cluster-events");
    let list = view::list(state.app.endpoints(), place, &params, page, view::cluster_event);
    Ok(Json(list).into_response())
}

/// The head of the request, to look again and again who it is.
pub(crate) struct Whole(Parts);

impl FromRequestParts<ApiState> for Whole {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Infallible> {
        Ok(Self(parts.clone()))
    }
}

/// Somebody who listens.
struct Listener {
    state: ApiState,
    parts: Parts,
    filter: ClusterEventFilter,
    after: i64,
    looks: u32,
    waiting: VecDeque<model::ClusterEvent>,
    _turn: OwnedSemaphorePermit,
}

fn events(listener: Listener) -> impl Stream<Item = Result<Event, axum::Error>> {
    unfold(listener, |mut listener| async move {
        let row = listener.next().await?;
        let id = row.id.to_string();
        let event = Event::default().id(id).event(row.reason.clone());
        Some((event.json_data(view::cluster_event(row)), listener))
    })
}

impl Listener {
    /// The next event. `None`: whoever listens may not any more, the store is away, or it went on for long; they
    /// connect again, and are told then.
    async fn next(&mut self) -> Option<model::ClusterEvent> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                return Some(row);
            }
            if self.looks == LOOKS_MAX {
                return None;
            }
            if self.looks > 0 {
                tokio::time::sleep(LOOK).await;
            }
            self.looks += 1;
            let CloudCaller(caller) =
                CloudCaller::from_request_parts(&mut self.parts, &self.state).await.ok()?;
            if self.state.app.last_cluster_event().await.ok()? <= self.after {
                continue;
            }
            let (app, filter) = (&self.state.app, &self.filter);
            let found = app.cluster_events_after(&caller, filter, self.after, BATCH).await.ok()?;
            self.after = found.last;
            self.waiting.extend(found.events);
        }
    }
}

fn too_many() -> HttpFailure {
    let detail = "too many event streams are open here; close some, or read pages of the list";
    HttpFailure::http(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", detail).after(5)
}
