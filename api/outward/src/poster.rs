use api_app::{Cidr, Post, PostError, Poster};
use futures_util::future::BoxFuture;
use reqwest::header::CONTENT_TYPE;

use crate::SetupError;
use crate::outward::{Outward, Trouble};

/// Bytes of an answer that are read before the connection is let go: nothing of them is kept.
const ANSWER_MAX: usize = 64 * 1024;
const NOT_ALLOWED: &str = "leads to an address that is not public; the operator says with \
                           `weir up --notify-networks` which others may be told";

/// Posts messages over HTTPS to the public internet, and to networks that the operator allows.
#[derive(Debug, Clone)]
pub struct HttpPoster(Outward);

impl From<Trouble> for PostError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(why) => Self::Refused(why),
            Trouble::Unreachable(why) => Self::Unreachable(why),
        }
    }
}

impl HttpPoster {
    /// Posts to the public internet and to these networks. Without TLS it posts only to a loopback address that is
    /// in one of them.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(networks: Vec<Cidr>) -> Result<Self, SetupError> {
        Outward::new(networks, NOT_ALLOWED).map(Self)
    }

    async fn send(&self, post: Post) -> Result<u16, PostError> {
        let mut answer = self
            .0
            .ask(&post.url, |http, url| {
                let mut request = http.post(url).header(CONTENT_TYPE, "application/json");
                for (name, value) in post.headers {
                    request = request.header(name, value);
                }
                request.body(post.body)
            })
            .await?;
        let status = answer.status().as_u16();
        let mut read = 0;
        // The status is the answer; what comes after it is read so that whoever sends it is not cut off.
        while let Ok(Some(piece)) = answer.chunk().await {
            read += piece.len();
            if read > ANSWER_MAX {
                break;
            }
        }
        Ok(status)
    }
}

impl Poster for HttpPoster {
    fn check(&self, url: &str) -> Result<(), PostError> {
        Ok(self.0.checked(url).map(|_| ())?)
    }

    fn post(&self, post: Post) -> BoxFuture<'_, Result<u16, PostError>> {
        Box::pin(self.send(post))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::State;
    use axum::http::header::LOCATION;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::post;

    use super::*;

    type Seen = Arc<Mutex<Vec<(HeaderMap, String)>>>;

    async fn keep(State(seen): State<Seen>, headers: HeaderMap, body: String) -> StatusCode {
        seen.lock().unwrap().push((headers, body));
        StatusCode::NO_CONTENT
    }

    /// A receiver, and what came to its `/keep`.
    async fn receiver() -> (String, Seen) {
        let seen = Seen::default();
        let router = Router::new()
            .route("/keep", post(keep))
            .route("/moved", post(|| async { (StatusCode::FOUND, [(LOCATION, "/keep")]) }))
            .route("/fails", post(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
            .route("/large", post(|| async { "x".repeat(16 * ANSWER_MAX) }))
            .route("/hangs", post(std::future::pending::<()>))
            .with_state(Arc::clone(&seen));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        (format!("http://{address}"), seen)
    }

    fn message(url: String) -> Post {
        Post {
            url,
            headers: vec![("weir-signature", "t=1,v1=ab".to_owned())],
            body: b"{}".to_vec(),
        }
    }

    #[tokio::test]
    async fn a_message_arrives_with_its_headers_and_every_other_end_is_told() {
        let (here, seen) = receiver().await;
        let poster = HttpPoster::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
        let to = async |path: &str| poster.post(message(format!("{here}{path}"))).await;
        assert_eq!(to("/keep").await, Ok(204));
        {
            let seen = seen.lock().unwrap();
            let (headers, body) = &seen[0];
            assert_eq!(
                (headers["weir-signature"].as_bytes(), body.as_str()),
                (&b"t=1,v1=ab"[..], "{}")
            );
            assert_eq!(headers["content-type"], "application/json");
        }
        assert_eq!(to("/moved").await, Ok(302), "not followed");
        assert_eq!(seen.lock().unwrap().len(), 1, "the redirect led nowhere");
        assert_eq!(to("/fails").await, Ok(500));
        assert_eq!(to("/large").await, Ok(200), "and no more is read than is bounded");
        assert_eq!(to("/hangs").await, Err(PostError::Unreachable("no answer in time".to_owned())));
    }

    #[tokio::test]
    async fn nothing_is_sent_to_networks_that_are_not_public() {
        let (here, seen) = receiver().await;
        let poster = HttpPoster::new(Vec::new()).unwrap();
        let refused = Err(PostError::Refused(NOT_ALLOWED.to_owned()));
        assert_eq!(poster.post(message(format!("{here}/keep"))).await, refused);
        let local = "https://localhost:1/keep".to_owned();
        assert_eq!(poster.check(&local), Ok(()), "a name shows nothing yet");
        assert_eq!(poster.post(message(local)).await, refused);
        let metadata = "https://169.254.169.254/latest";
        assert_eq!(poster.check(metadata), Err(PostError::Refused(NOT_ALLOWED.to_owned())));
        assert!(seen.lock().unwrap().is_empty());
    }
}
