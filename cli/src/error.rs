//! What a failed command says, and the exit code it ends with.

use api_client::{ApiError, ClientError};
use common_errors::ErrorKind;

/// Why a command failed: one sentence, and lines that say what to do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct CliError {
    pub(crate) kind: ErrorKind,
    /// Stable, dotted, lower-case; or the API's own code.
    pub(crate) code: String,
    /// What failed, on what, why. No period.
    pub(crate) message: String,
    /// Sentences; commands in backticks.
    pub(crate) suggestions: Vec<String>,
    /// The API's description, when it came from there.
    pub(crate) api: Option<Box<ApiError>>,
}

impl CliError {
    pub(crate) fn new(
        kind: ErrorKind,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { kind, code, message, suggestions: Vec::new(), api: None }
    }

    /// A mistake in what was typed.
    pub(crate) fn usage(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, code, message)
    }

    /// A fault of ours or of the machine.
    pub(crate) fn internal(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, code, message)
    }

    /// Adds a line that says what to do.
    pub(crate) fn suggest(mut self, sentence: impl Into<String>) -> Self {
        self.suggestions.push(sentence.into());
        self
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::of(self.kind)
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        let code = error.api().and_then(|e| e.code.clone()).unwrap_or_else(|| {
            match &error {
                ClientError::Api(_) => "api.error",
                ClientError::Unreachable { .. } => "api.unreachable",
                ClientError::Timeout { .. } => "api.timeout",
                ClientError::NotJson { .. } => "api.not_json",
                ClientError::Endpoint(_) => "config.endpoint",
                ClientError::Setup(_) => "client.setup",
                ClientError::EndlessList(_) => "api.endless_list",
            }
            .to_owned()
        });
        let made = Self::new(error.kind(), code, error.to_string());
        let made = match &error {
            ClientError::Unreachable { .. } => made
                .suggest("Start a local Weir with `weir up`, or see what runs with `weir status`.")
                .suggest("Check where commands go with `weir config explain`."),
            ClientError::NotJson { .. } | ClientError::Endpoint(_) => {
                made.suggest("Check where commands go with `weir config explain`.")
            }
            ClientError::Timeout { .. } => {
                made.suggest("Look at the state before you repeat a change: it may have happened.")
            }
            ClientError::Api(api) => with_api_suggestions(made, api),
            ClientError::Setup(_) | ClientError::EndlessList(_) => made,
        };
        Self { api: error.api().cloned().map(Box::new), ..made }
    }
}

fn with_api_suggestions(error: CliError, api: &ApiError) -> CliError {
    let resolution = api.body.pointer("/errors/0/resolution").and_then(|v| v.as_str());
    let error = match resolution {
        Some(sentence) => error.suggest(sentence),
        None => error,
    };
    match error.kind {
        ErrorKind::Unauthenticated => error
            .suggest("See which key is used with `weir config explain`.")
            .suggest("Sign in with `weir login` if you are a person.")
            .suggest("Set WEIR_API_KEY and WEIR_API_SECRET, or choose another context with `weir context use`."),
        ErrorKind::Forbidden => {
            error.suggest("See which key is used with `weir config explain`; its owner needs a role here.")
        }
        ErrorKind::Unavailable => error.suggest("The request may succeed later: repeat it."),
        ErrorKind::Internal => match &api.request_id {
            Some(id) => error.suggest(format!("Look for request {id} in the server's log.")),
            None => error,
        },
        ErrorKind::Invalid
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Gone
        | ErrorKind::Limit
        | ErrorKind::Quota
        | ErrorKind::Timeout
        | ErrorKind::Precondition => error,
    }
}

/// How the process ends. Frozen: scripts rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitCode {
    Ok = 0,
    Failure = 1,
    Usage = 2,
    Auth = 3,
    NotFound = 4,
    Conflict = 5,
    Quota = 6,
    Timeout = 7,
    Unavailable = 8,
    /// Nothing failed, and something would change.
    Pending = 9,
    Interrupted = 130,
}

impl ExitCode {
    fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Invalid => Self::Usage,
            ErrorKind::Unauthenticated | ErrorKind::Forbidden => Self::Auth,
            ErrorKind::NotFound | ErrorKind::Gone => Self::NotFound,
            ErrorKind::Conflict | ErrorKind::Precondition => Self::Conflict,
            ErrorKind::Limit | ErrorKind::Quota => Self::Quota,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Timeout => Self::Timeout,
            ErrorKind::Internal => Self::Failure,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_servers_resolution_comes_first() {
        let body = json!({"errors": [{"code": "x", "detail": "no", "resolution": "Do this."}]});
        let api = ApiError::from_body(401, None, body);
        let error = CliError::from(ClientError::Api(Box::new(api)));
        assert_eq!(error.suggestions[0], "Do this.");
        assert_eq!(error.exit_code(), ExitCode::Auth);
        assert_eq!(error.code, "x");
    }
}
