use crate::ErrorKind;

/// A failure as the public sees it: kind, stable code, and one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    /// Decides status, exit code and retry.
    pub kind: ErrorKind,
    /// Stable, lower-case, dotted: `topic.partition_limit`.
    pub code: &'static str,
    /// What failed, on what, and why; a sentence without a period.
    pub detail: String,
    /// JSON pointer or parameter name of the offending input, where there is one.
    pub source_pointer: Option<String>,
}

impl Error {
    /// Makes an error of `kind` with a stable `code`.
    #[must_use]
    pub fn new(kind: ErrorKind, code: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, code, detail: detail.into(), source_pointer: None }
    }

    /// Names the input that is at fault, as a JSON pointer (`/spec/display_name`) or parameter name.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.source_pointer = Some(pointer.into());
        self
    }
}
