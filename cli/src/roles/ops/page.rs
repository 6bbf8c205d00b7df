use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use api::HttpCounts;
use api_app::App;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use common_seams::Clock;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{cell, control, process};
use crate::error::CliError;
use crate::roles::rest::Door;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the page is made from.
#[derive(Clone)]
pub(in crate::roles) struct Ops {
    pub(in crate::roles) app: Arc<App>,
    pub(in crate::roles) http: HttpCounts,
    pub(in crate::roles) door: Arc<Door>,
    pub(in crate::roles) clock: Arc<dyn Clock>,
    /// The data folder, where its cell has a controller to ask.
    pub(in crate::roles) folder: Option<PathBuf>,
}

/// Serves the page until `stop`.
pub(in crate::roles) fn serve(
    listener: TcpListener,
    ops: Ops,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> Result<(), CliError> {
    let listener = tokio::net::TcpListener::from_std(listener)
        .map_err(|e| CliError::internal("up.socket", e.to_string()))?;
    let service = Router::new().route("/metrics", get(metrics)).with_state(ops);
    let served = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned());
    tasks.spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "the page with metrics ended");
        }
    });
    Ok(())
}

async fn metrics(State(ops): State<Ops>) -> Response {
    match text(&ops).await {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::warn!(%error, "metrics cannot be written");
            (StatusCode::INTERNAL_SERVER_ERROR, "metrics cannot be written; the log says why\n")
                .into_response()
        }
    }
}

async fn text(ops: &Ops) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::with_prefix("weir");
    let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The version that runs", version);
    process::register(&mut registry, &*ops.clock);
    ops.http.register(&mut registry);
    control::register(&mut registry, &ops.app).await;
    cell::register(&mut registry, ops).await;
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}
