//! When to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::CliError;

/// The signals that ask for an orderly stop.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on: a signal that comes during the start is not lost.
    pub(super) fn listen() -> Result<Self, CliError> {
        let failed = |e: std::io::Error| CliError::internal("up.signals", e.to_string());
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
