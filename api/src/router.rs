use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower::{ServiceBuilder, util::MapRequestLayer};

use crate::ApiState;
use crate::home::{home, invited};
use crate::http::{carried, envelope, method_not_allowed, normalize, not_found};
use crate::openapi::routes;
use crate::unfinished::unfinished;

/// The whole API as one service. Paths are served with and without `/api` before them.
pub fn router(state: ApiState) -> Router {
    let (routes, _) = routes().split_for_parts();
    let inner = unfinished(routes)
        .route("/", get(home))
        .route("/invite", get(invited))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(state.clone(), envelope))
        .layer(from_fn(carried))
        .with_state(state);
    // Outside of the router, because a layer inside of it runs after the path was matched.
    let rewritten = ServiceBuilder::new()
        .layer(MapRequestLayer::new(|request: Request| normalize(request)))
        .service(inner);
    Router::new().fallback_service(rewritten)
}
