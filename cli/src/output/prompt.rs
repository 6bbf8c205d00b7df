use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use common_errors::ErrorKind;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::config::Secret;
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

/// Asks a person for something.
pub(crate) async fn ask(question: &str) -> Result<String, CliError> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let what = question.trim_end_matches([':', ' ']).to_lowercase();
        return Err(CliError::usage("prompt.nobody", format!("{what}: there is nobody to ask"))
            .suggest("Give it as a flag; see `--help`."));
    }
    show(question)?;
    read_line().await
}

/// Asks a person for a secret and does not show it. Without a terminal the first line of stdin is taken.
pub(crate) async fn ask_secret(question: &str) -> Result<Secret, CliError> {
    if !io::stdin().is_terminal() {
        return read_line().await.map(Secret::new);
    }
    show(question)?;
    let unseen = Unseen::new()?;
    let line = read_line().await;
    drop(unseen);
    // The end of the line was not shown either.
    show("\n")?;
    line.map(Secret::new)
}

/// Asks a person for something that is no secret for long. Without a terminal the next line of stdin is taken.
pub(crate) async fn ask_line(question: &str) -> Result<String, CliError> {
    if io::stdin().is_terminal() {
        show(question)?;
    }
    read_line().await
}

/// Asks a person for a new secret: twice, because what is typed is not shown. Without a terminal the next line of
/// stdin is taken.
pub(crate) async fn ask_new_secret(question: &str) -> Result<Secret, CliError> {
    let secret = ask_secret(question).await?;
    if io::stdin().is_terminal() && ask_secret("The same again: ").await? != secret {
        let message = "what you typed is not the same both times; nothing was changed";
        return Err(CliError::new(ErrorKind::Precondition, "prompt.differs", message));
    }
    Ok(secret)
}

/// Tells a person something while a command goes on.
pub(crate) fn tell(line: &str) -> Result<(), CliError> {
    show(&format!("{line}\n"))
}

fn show(text: &str) -> Result<(), CliError> {
    let mut stderr = io::stderr().lock();
    let shown = write!(stderr, "{text}").and_then(|()| stderr.flush());
    shown.map_err(|e| CliError::internal("prompt.write", format!("cannot ask: {e}")))
}

/// Read on a thread of its own, so that an interrupt is seen meanwhile.
async fn read_line() -> Result<String, CliError> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let failed = |why: String| CliError::internal("prompt.read", format!("cannot read: {why}"));
    let line = read.await.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// While it lives, the terminal does not show what is typed.
struct Unseen(Termios);

impl Unseen {
    fn new() -> Result<Self, CliError> {
        let failed = |e: rustix::io::Errno| {
            CliError::internal("prompt.terminal", format!("cannot hide what is typed: {e}"))
        };
        let before = tcgetattr(io::stdin()).map_err(failed)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden).map_err(failed)?;
        Ok(Self(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}
