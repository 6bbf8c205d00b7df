use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

use crate::SetupError;

/// How long a collector may take. Spans that wait for it are bounded, and dropped when they are too many.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends spans to the collector that the operator named, wherever that is.
#[derive(Debug, Clone)]
pub struct Collector {
    http: reqwest::Client,
    /// Spans are sent from a thread of their own, which has no runtime.
    runtime: Handle,
}

impl Collector {
    /// Sends on this runtime.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(runtime: Handle) -> Result<Self, SetupError> {
        let http = crate::outward::plain_client(PATIENCE)?;
        Ok(Self { http, runtime })
    }
}

impl HttpClient for Collector {
    fn send_bytes<'a, 'f>(
        &'a self,
        request: Request<Bytes>,
    ) -> BoxFuture<'f, Result<Response<Bytes>, HttpError>>
    where
        'a: 'f,
        Self: 'f,
    {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move {
            let mut answer = http.execute(reqwest::Request::try_from(request)?).await?;
            let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
            let mut response = Response::new(answer.bytes().await?);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok::<_, reqwest::Error>(response)
        });
        Box::pin(async move { Ok(sent.await??) })
    }
}
