use std::time::Duration;

use reqwest::{Method, StatusCode, header};
use serde_json::Value;

use crate::http::innermost;
use crate::{ApiError, ClientError, Credentials, GET_ATTEMPTS_MAX, HttpOptions, Path, http_client};

/// First pause before a GET is repeated; it doubles each time.
const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause before a GET is repeated, whatever `Retry-After` says.
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(5);
/// Names a request that is carried out once.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A connection to one endpoint with one set of credentials.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    endpoint: String,
    credentials: Option<Credentials>,
    timeout: Duration,
}

/// What a [`Client`] is made of.
#[derive(Debug, Clone)]
pub struct Options {
    /// `http://` or `https://` URL of the API, with or without a trailing slash.
    pub endpoint: String,
    /// Sent with every request.
    pub credentials: Option<Credentials>,
    /// Time-outs, trust and name of the client.
    pub http: HttpOptions,
}

impl Client {
    /// Makes a client. No request is sent.
    ///
    /// # Errors
    /// When the endpoint is no URL or TLS cannot be set up.
    pub fn new(options: Options) -> Result<Self, ClientError> {
        let endpoint = options.endpoint.trim_end_matches('/').to_owned();
        let host = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
        if host.is_none_or(str::is_empty) {
            return Err(ClientError::Endpoint(options.endpoint));
        }
        let timeout = options.http.timeout;
        let http = http_client(&options.http)?;
        Ok(Self { http, endpoint, credentials: options.credentials, timeout })
    }

    /// The endpoint, without a trailing slash.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Reads an object. Repeated when the server is busy or away.
    ///
    /// # Errors
    /// When there is no answer, or it is an error.
    pub async fn get(&self, path: &Path) -> Result<Value, ClientError> {
        let mut pause = RETRY_PAUSE;
        for _ in 1..GET_ATTEMPTS_MAX {
            let (error, asked) = match self.attempt(Method::GET, path, None, None).await {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            if !may_repeat(&error) {
                return Err(error);
            }
            tokio::time::sleep(asked.unwrap_or(pause).min(RETRY_PAUSE_MAX)).await;
            pause *= 2;
        }
        self.attempt(Method::GET, path, None, None).await.map_err(|(error, _)| error)
    }

    /// Creates an object or asks for an action. Never repeated.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post(&self, path: &Path, body: &Value) -> Result<Value, ClientError> {
        self.attempt(Method::POST, path, Some(body), None).await.map_err(|(error, _)| error)
    }

    /// Creates an object once, however often it has to be asked for: under `key`, which is for this object alone.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post_once(
        &self,
        path: &Path,
        body: &Value,
        key: &str,
    ) -> Result<Value, ClientError> {
        let mut pause = RETRY_PAUSE;
        for _ in 1..GET_ATTEMPTS_MAX {
            let asked = self.attempt(Method::POST, path, Some(body), Some(key)).await;
            let (error, asked) = match asked {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            let is_lost =
                matches!(error, ClientError::Timeout { .. } | ClientError::Unreachable { .. });
            if !is_lost && !may_repeat(&error) {
                return Err(error);
            }
            tokio::time::sleep(asked.unwrap_or(pause).min(RETRY_PAUSE_MAX)).await;
            pause *= 2;
        }
        let last = self.attempt(Method::POST, path, Some(body), Some(key)).await;
        last.map_err(|(error, _)| error)
    }

    /// Changes the members that `body` holds. Never repeated.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn patch(&self, path: &Path, body: &Value) -> Result<Value, ClientError> {
        self.attempt(Method::PATCH, path, Some(body), None).await.map_err(|(error, _)| error)
    }

    /// Deletes an object. Never repeated.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn delete(&self, path: &Path) -> Result<Value, ClientError> {
        self.attempt(Method::DELETE, path, None, None).await.map_err(|(error, _)| error)
    }

    async fn attempt(
        &self,
        method: Method,
        path: &Path,
        body: Option<&Value>,
        once: Option<&str>,
    ) -> Result<Value, (ClientError, Option<Duration>)> {
        let mut request = self.http.request(method, format!("{}{path}", self.endpoint));
        if let Some(credentials) = &self.credentials {
            request = request.header(header::AUTHORIZATION, credentials.header());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(key) = once {
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        let response = request.send().await.map_err(|e| (self.transport(&e), None))?;
        let status = response.status();
        let asked = retry_after(response.headers());
        let request_id = response.headers().get("x-request-id").and_then(|v| v.to_str().ok());
        let request_id = request_id.map(str::to_owned);
        let bytes = response.bytes().await.map_err(|e| (self.transport(&e), None))?;
        self.interpret(status, request_id, &bytes).map_err(|e| (e, asked))
    }

    fn interpret(
        &self,
        status: StatusCode,
        request_id: Option<String>,
        bytes: &[u8],
    ) -> Result<Value, ClientError> {
        if status.is_success() && bytes.is_empty() {
            return Ok(Value::Null);
        }
        let Ok(body) = serde_json::from_slice(bytes) else {
            let endpoint = self.endpoint.clone();
            return Err(ClientError::NotJson { endpoint, status: status.as_u16() });
        };
        if status.is_success() {
            return Ok(body);
        }
        Err(ClientError::Api(Box::new(ApiError::from_body(status.as_u16(), request_id, body))))
    }

    fn transport(&self, error: &reqwest::Error) -> ClientError {
        let endpoint = self.endpoint.clone();
        if error.is_timeout() {
            return ClientError::Timeout { endpoint, after: self.timeout };
        }
        ClientError::Unreachable { endpoint, reason: innermost(error) }
    }
}

fn retry_after(headers: &header::HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Busy and broken servers are asked again. One that refuses connections is not there: waiting for
/// it would only delay the message that it is not running.
fn may_repeat(error: &ClientError) -> bool {
    error.api().is_some_and(|e| e.status == 429 || (e.status >= 500 && e.status != 501))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_must_be_urls() {
        let make = |endpoint: &str| {
            let http = HttpOptions::default();
            Client::new(Options { endpoint: endpoint.to_owned(), credentials: None, http })
        };
        assert!(matches!(make("127.0.0.1:8080"), Err(ClientError::Endpoint(_))));
        assert!(matches!(make("http://"), Err(ClientError::Endpoint(_))));
        assert_eq!(make("http://127.0.0.1:8080/").unwrap().endpoint(), "http://127.0.0.1:8080");
    }
}
