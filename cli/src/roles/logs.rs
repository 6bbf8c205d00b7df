//! Logs of the server roles: stderr, for people unless it is a file. Spans: where an operator wants them.

use common_seams::SPANS;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt, registry};

use super::traces::Traces;

/// What is logged when `WEIR_LOG` says nothing. The tables are for people; the log is for trouble.
const DEFAULT: &str = "warn";

/// Starts logging; a second call changes nothing.
pub(super) fn start(detached: bool, traces: Option<&Traces>) {
    let filter = EnvFilter::try_from_env("WEIR_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(!detached && std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_filter(filter);
    let spans = traces.map(|traces| {
        let ours = Targets::new().with_target(SPANS, LevelFilter::INFO);
        tracing_opentelemetry::layer().with_tracer(traces.tracer()).with_filter(ours)
    });
    // Only the first subscriber of a process counts.
    let _ = registry().with(spans).with(lines).try_init();
}
