use serde_json::Value;

use super::Column;

/// What a command has to say.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// For stdout.
    pub(crate) data: Data,
    /// For stderr: what happened.
    pub(crate) notes: Vec<String>,
    /// For stderr: the next useful command.
    pub(crate) next: Option<String>,
    /// Whether something would change that was not to be changed now.
    pub(crate) is_pending: bool,
}

/// What goes to stdout.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Data {
    /// Nothing.
    #[default]
    None,
    /// Text that has its form already.
    Text(String),
    /// An object of the API, or a list of them.
    Object {
        /// As the API sent it.
        value: Value,
        /// How people see it; the first column is its name for scripts.
        columns: &'static [Column],
    },
}

impl Outcome {
    pub(crate) fn object(value: Value, columns: &'static [Column]) -> Self {
        Self { data: Data::Object { value, columns }, ..Self::default() }
    }

    pub(crate) fn text(text: String) -> Self {
        Self { data: Data::Text(text), ..Self::default() }
    }

    pub(crate) fn note(mut self, line: impl Into<String>) -> Self {
        self.notes.push(line.into());
        self
    }

    pub(crate) fn pending(mut self) -> Self {
        self.is_pending = true;
        self
    }

    pub(crate) fn next(mut self, command: impl Into<String>) -> Self {
        self.next = Some(command.into());
        self
    }
}
