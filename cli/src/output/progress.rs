use std::io::{self, Write as _};
use std::time::Duration;

use common_seams::{Clock as _, SystemClock};

/// Writes a line to stderr.
pub(crate) fn note(line: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Tells a person how a long operation goes: one line a change.
#[derive(Debug)]
pub(crate) struct Progress {
    what: String,
    started: Duration,
    last: Option<String>,
}

impl Progress {
    /// Starts to watch `what`, such as `cluster "orders"`.
    pub(crate) fn of(what: impl Into<String>) -> Self {
        Self { what: what.into(), started: SystemClock.mono(), last: None }
    }

    /// Says the state when it differs from the last one.
    pub(crate) fn state(&mut self, state: &str) {
        if self.last.as_deref() == Some(state) {
            return;
        }
        let elapsed = self.elapsed().as_secs_f64();
        note(&format!("{} is {state} ({elapsed:.1} s)", self.what));
        self.last = Some(state.to_owned());
    }

    /// Time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        SystemClock.mono().saturating_sub(self.started)
    }
}
