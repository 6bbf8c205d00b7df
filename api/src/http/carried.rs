use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

/// Carries out to its end what changes something, also when the client goes away meanwhile: a change that is
/// committed is put in force and noted, whoever still waits for the answer.
pub(crate) async fn carried(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Tasks are cancelled when the process ends, and nobody reads this then.
            Err(_) => Response::default(),
        },
    }
}
