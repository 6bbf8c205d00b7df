//! The HTTP client below `object_store`: it remembers what the server said.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use common_seams::Clock;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use parking_lot::Mutex;
use storage::store::StoreDate;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request may take; the largest is a segment of some tens of megabytes.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Servers close idle connections without a word; ours go first.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// `Sun, 06 Nov 1994 08:49:37 GMT`.
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

tokio::task_local! {
    /// What the server said to the call that this task makes.
    static ANSWER: Arc<Mutex<Answer>>;
}

/// How far a call came.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// No request was sent.
    #[default]
    NotSent,
    /// A request was sent; no status came back.
    None,
    /// The status of the last request.
    Status(u16),
}

/// Runs a call and tells what the server said last.
pub(crate) async fn watch<T>(call: impl Future<Output = T>) -> (T, Answer) {
    let answer = Arc::new(Mutex::new(Answer::NotSent));
    let done = ANSWER.scope(Arc::clone(&answer), call).await;
    let answer = *answer.lock();
    (done, answer)
}

/// The clock of a store, as of its last answer.
#[derive(Debug)]
pub(crate) struct StoreClock {
    clock: Arc<dyn Clock>,
    last: Mutex<Option<StoreDate>>,
}

impl StoreClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, last: Mutex::new(None) })
    }

    pub(crate) fn last(&self) -> Option<StoreDate> {
        *self.last.lock()
    }

    fn heard(&self, date: &str) {
        if let Some(wall_ms) = wall_ms(date) {
            *self.last.lock() = Some(StoreDate { wall_ms, at: self.clock.mono() });
        }
    }
}

fn wall_ms(date: &str) -> Option<i64> {
    let parsed = PrimitiveDateTime::parse(date, HTTP_DATE).ok()?;
    let since = parsed.assume_utc() - OffsetDateTime::UNIX_EPOCH;
    i64::try_from(since.whole_milliseconds()).ok()
}

/// Makes HTTP clients that never retry and never follow a redirect.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    http: reqwest::Client,
    clock: Arc<StoreClock>,
}

impl Wire {
    pub(crate) fn new(clock: Arc<StoreClock>) -> Result<Self, reqwest::Error> {
        // A second installation fails and changes nothing, which is what we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_nodelay(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("weir/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, clock })
    }
}

impl HttpConnector for Wire {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Wire {
    fn call<'a, 'b>(
        &'a self,
        request: HttpRequest,
    ) -> BoxFuture<'b, Result<HttpResponse, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        async move {
            note(Answer::None);
            let response = HttpService::call(&self.http, request).await?;
            note(Answer::Status(response.status().as_u16()));
            let date = response.headers().get(reqwest::header::DATE);
            if let Some(date) = date.and_then(|d| d.to_str().ok()) {
                self.clock.heard(date);
            }
            // A redirect would end up as an error without its reason.
            if response.status().is_redirection() && response.status().as_u16() != 304 {
                let text = "the store redirects to another address; check region and endpoint";
                return Err(HttpError::new(HttpErrorKind::Unknown, std::io::Error::other(text)));
            }
            Ok(response)
        }
        .boxed()
    }
}

fn note(answer: Answer) {
    // Nobody watches when credentials are fetched in the background.
    let _ = ANSWER.try_with(|a| *a.lock() = answer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_are_read() {
        assert_eq!(wall_ms("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(wall_ms("yesterday"), None);
    }
}
