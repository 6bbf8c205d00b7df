use api_app::{DataPlaneError, TopicError};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use common_errors::{Error, ErrorKind};

/// What handlers answer.
pub(crate) type ApiResult<T> = Result<T, HttpFailure>;

/// A failure on its way out. The envelope gives it the body of the plane that was asked, because only
/// it knows the request id.
#[derive(Debug, Clone)]
pub(crate) struct HttpFailure {
    pub(crate) status: StatusCode,
    /// The number that `kafka/v3` answers.
    pub(crate) kafka_code: i32,
    /// Seconds that the client should wait.
    pub(crate) retry_after_s: Option<u64>,
    pub(crate) error: Error,
}

impl HttpFailure {
    /// A failure of HTTP itself.
    pub(crate) fn http(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let error = Error::new(ErrorKind::Invalid, code, detail);
        Self { status, kafka_code: i32::from(status.as_u16()), retry_after_s: None, error }
    }

    pub(crate) fn at(mut self, pointer: &str) -> Self {
        self.error = self.error.at(pointer);
        self
    }

    /// Says when to come again.
    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

impl IntoResponse for HttpFailure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Error> for HttpFailure {
    fn from(error: Error) -> Self {
        let status = status_of(&error);
        let kafka_code = match error.kind {
            ErrorKind::Unauthenticated => 40101,
            ErrorKind::Forbidden => 40301,
            ErrorKind::Invalid if error.code == "invalid_acl" => 40002,
            ErrorKind::Invalid
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Gone
            | ErrorKind::Limit
            | ErrorKind::Quota
            | ErrorKind::Unavailable
            | ErrorKind::Timeout
            | ErrorKind::Precondition
            | ErrorKind::Internal => i32::from(status.as_u16()),
        };
        let retry_after_s = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        Self { status, kafka_code, retry_after_s, error }
    }
}

fn status_of(error: &Error) -> StatusCode {
    match error.kind {
        // Well-formed, but a value breaks a rule.
        ErrorKind::Invalid
            if ["invalid_configuration", "idempotency_key_reused"].contains(&error.code) =>
        {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        ErrorKind::Invalid if error.code == "not_implemented" => StatusCode::NOT_IMPLEMENTED,
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Gone => StatusCode::GONE,
        ErrorKind::Limit => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Quota => StatusCode::PAYMENT_REQUIRED,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Precondition => StatusCode::PRECONDITION_FAILED,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<TopicError> for HttpFailure {
    fn from(error: TopicError) -> Self {
        match error {
            TopicError::Refused(error) => error.into(),
            TopicError::Cell(error) => error.into(),
        }
    }
}

impl From<DataPlaneError> for HttpFailure {
    fn from(error: DataPlaneError) -> Self {
        let (kind, code, kafka_code) = match &error {
            DataPlaneError::UnknownTopic(_) => (ErrorKind::NotFound, "unknown_topic", 40403),
            DataPlaneError::TopicExists(_) => (ErrorKind::Invalid, "topic_exists", 40002),
            DataPlaneError::InvalidTopicName(_)
            | DataPlaneError::InvalidPartitions(_)
            | DataPlaneError::InvalidReplicationFactor(_)
            | DataPlaneError::InvalidConfig(_)
            | DataPlaneError::LimitExceeded(_) => (ErrorKind::Invalid, "invalid_topic", 40002),
            DataPlaneError::Forbidden(_) => (ErrorKind::Forbidden, "forbidden_access", 40301),
            // The tenant of a cluster that is there: its cell is still starting.
            DataPlaneError::UnknownTenant(_) | DataPlaneError::Unavailable(_) => {
                (ErrorKind::Unavailable, "cell_unavailable", 503)
            }
            DataPlaneError::Internal(_) => (ErrorKind::Internal, "internal", 500),
        };
        let mut failure = Self::from(Error::new(kind, code, error.to_string()));
        failure.kafka_code = kafka_code;
        failure
    }
}
