//! Logs of the server roles: stderr, for people unless it is a file.

use tracing_subscriber::EnvFilter;

/// What is logged when `WEIR_LOG` says nothing. The tables are for people; the log is for trouble.
const DEFAULT: &str = "warn";

/// Starts logging; a second call changes nothing.
pub(super) fn start(detached: bool) {
    let filter = EnvFilter::try_from_env("WEIR_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(!detached && std::io::IsTerminal::is_terminal(&std::io::stderr()));
    // Only the first subscriber of a process counts.
    let _ = builder.try_init();
}
