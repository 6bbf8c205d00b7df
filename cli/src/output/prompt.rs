use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use common_errors::ErrorKind;

use crate::error::CliError;

/// What is about to be destroyed.
#[derive(Debug)]
pub(crate) struct Confirmation<'a> {
    /// What happens: `This deletes cluster "orders" and its data.`
    pub(crate) warning: String,
    /// What a person must type.
    pub(crate) name: &'a str,
    /// Whether `--yes` was given.
    pub(crate) yes: bool,
}

/// Asks a person to type the name. Without a terminal only `--yes` confirms.
pub(crate) fn confirm(question: &Confirmation<'_>) -> Result<(), CliError> {
    if question.yes {
        return Ok(());
    }
    let (warning, name) = (&question.warning, question.name);
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let message = format!("{warning} It was not confirmed");
        return Err(CliError::usage("confirmation.needed", message)
            .suggest("Add `--yes` to do it without a question."));
    }
    let read = || -> io::Result<String> {
        let mut stderr = io::stderr().lock();
        write!(stderr, "{warning}\nType {name:?} to go on: ")?;
        stderr.flush()?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        Ok(line)
    };
    let typed =
        read().map_err(|e| CliError::internal("confirmation.read", format!("cannot read: {e}")))?;
    if typed.trim() == name {
        return Ok(());
    }
    Err(CliError::new(
        ErrorKind::Precondition,
        "confirmation.differs",
        format!("what you typed is not {name:?}; nothing was changed"),
    ))
}
