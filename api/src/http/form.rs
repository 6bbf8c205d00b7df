use std::net::IpAddr;

use axum::extract::{Form, FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};

use super::HttpFailure;
use super::auth::peer;
use super::body::bytes_of;
use super::limit::count_stranger;
use crate::ApiState;

const FORM: &str = "application/x-www-form-urlencoded";

/// A form of somebody who is not known yet, and from where it came. Strangers are counted by address.
pub(crate) struct FormBody {
    fields: Vec<(String, String)>,
    address: Option<IpAddr>,
}

impl FormBody {
    /// The first value with this name. An empty value is the same as none.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        let found = self.fields.iter().find(|(field, value)| field == name && !value.is_empty());
        found.map(|(_, value)| value.clone())
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address
    }
}

impl FromRequest<ApiState> for FormBody {
    type Rejection = HttpFailure;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, HttpFailure> {
        let (parts, body) = request.into_parts();
        let address = peer(&parts);
        count_stranger(&parts, state, address)?;
        if !is_form(&parts.headers) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            let detail = format!("Content-Type must be {FORM}");
            return Err(HttpFailure::http(status, "unsupported_media_type", detail));
        }
        let bytes = bytes_of(body, state).await?;
        let bad = |detail: &str| {
            Err(HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_request", detail))
        };
        let request = Request::from_parts(parts, bytes.into());
        match Form::<Vec<(String, String)>>::from_request(request, &()).await {
            Ok(Form(fields)) if fields.iter().any(|(_, value)| value.contains('\0')) => {
                bad("the form must not hold NUL characters")
            }
            Ok(Form(fields)) => Ok(Self { fields, address }),
            Err(_) => bad("the body is no form"),
        }
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM)
}
