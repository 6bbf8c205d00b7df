use api_app::{Answer, Asked, CARRIED_OUT, Caller, Once};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use common_errors::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::body::{parse, read};
use super::changing::DRY_RUN;
use super::{CloudCaller, HttpFailure, Params};
use crate::ApiState;

pub(super) const KEY: &str = "idempotency-key";
const KEY_LENGTH_MAX: usize = 255;
const REPLAYED: &str = "idempotency-replayed";
/// What a thing that was not made does not have.
const ONLY_WHEN_MADE: [&str; 6] = ["id", "metadata", "status", "link", "user", "signing_secret"];

/// A request to make something: who asks, for what, and on which terms. A repetition of a request that was
/// carried out is answered here.
pub(crate) struct Creation<T> {
    pub(crate) caller: Caller,
    pub(crate) body: T,
    pub(crate) terms: CreationTerms,
}

/// How it is asked for.
pub(crate) struct CreationTerms {
    once: Option<Once>,
    dry_run: bool,
}

impl<T: DeserializeOwned> FromRequest<ApiState> for Creation<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let CloudCaller(caller) = CloudCaller::from_request_parts(&mut parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        let bytes = read(&parts.headers, body, state).await.map_err(IntoResponse::into_response)?;
        let terms = terms(&mut parts, state, &bytes).await.map_err(IntoResponse::into_response)?;
        match terms.repeated(state, &caller).await {
            Ok(Some(repeated)) => return Err(repeated),
            Ok(None) => {}
            Err(failure) => return Err(failure.into_response()),
        }
        let body = parse(&parts.extensions, &bytes).map_err(IntoResponse::into_response)?;
        Ok(Self { caller, body, terms })
    }
}

async fn terms(
    parts: &mut Parts,
    state: &ApiState,
    body: &[u8],
) -> Result<CreationTerms, HttpFailure> {
    let dry_run = Params::from_request_parts(parts, state).await?.dry_run()?;
    let Some(key) = parts.headers.get(KEY) else {
        return Ok(CreationTerms { once: None, dry_run });
    };
    let key = key.to_str().unwrap_or_default().trim().to_owned();
    if key.is_empty() || key.len() > KEY_LENGTH_MAX {
        let detail = format!("Idempotency-Key must be 1 to {KEY_LENGTH_MAX} plain characters");
        let code = "invalid_idempotency_key";
        return Err(HttpFailure::http(StatusCode::BAD_REQUEST, code, detail).at("Idempotency-Key"));
    }
    let mut digest = Sha256::new();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    digest.update(format!("{} {target}\n", parts.method));
    digest.update(body);
    let once = Once { key, request: digest.finalize().into() };
    Ok(CreationTerms { once: Some(once).filter(|_| !dry_run), dry_run })
}

impl CreationTerms {
    /// What the use-case is told.
    pub(crate) fn asked<'a, T>(
        &'a self,
        answer: &'a (dyn Fn(&T) -> Answer + Sync),
    ) -> Asked<'a, T> {
        Asked { once: self.once.as_ref(), dry_run: self.dry_run, answer }
    }

    /// Whether nothing is made.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The answer. Of two equal requests at the same time one carries it out; the other one gets the same.
    pub(crate) async fn reply<T>(
        &self,
        state: &ApiState,
        caller: &Caller,
        made: Result<T, Error>,
        answer: impl Fn(&T) -> Answer,
    ) -> Result<Response, HttpFailure> {
        match made {
            Ok(made) if self.dry_run => Ok(rehearsed(&answer(&made))),
            Ok(made) => Ok(sent(answer(&made))),
            Err(error) if error.code == CARRIED_OUT => {
                let repeated = self.repeated(state, caller).await?;
                repeated.ok_or_else(|| HttpFailure::from(error))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn repeated(
        &self,
        state: &ApiState,
        caller: &Caller,
    ) -> Result<Option<Response>, HttpFailure> {
        let Some(once) = &self.once else { return Ok(None) };
        let answer = state.app.answered(caller, once).await?;
        Ok(answer.map(|answer| {
            let mut response = sent(answer);
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            response
        }))
    }
}

/// The answer to a request that made `body`.
pub(crate) fn made(status: StatusCode, body: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(body).expect("public shapes are texts, numbers and lists");
    Answer { status: status.as_u16(), body }
}

fn sent(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// What would have been made, with every default, and without what only a thing has that is there.
fn rehearsed(answer: &Answer) -> Response {
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        for name in ONLY_WHEN_MADE {
            members.remove(name);
        }
        if let Some(spec) = members.get_mut("spec").and_then(Value::as_object_mut) {
            spec.remove("secret");
        }
    }
    let mut response = sent(Answer { status: 200, body: body.to_string().into_bytes() });
    response.headers_mut().insert(DRY_RUN, HeaderValue::from_static("true"));
    response
}
