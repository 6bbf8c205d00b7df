//! Spans of the control plane, sent to the collector that an operator names; without one none are made.

use std::time::Duration;

use api_outward::Collector;
use common_seams::SPANS;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;

use crate::error::CliError;

/// Where OTLP over HTTP takes spans, below the endpoint.
const PATH: &str = "v1/traces";
/// How long the last spans may take at the end.
const FLUSH_MAX: Duration = Duration::from_secs(3);

/// Where spans go.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TraceSettings {
    /// URL of a collector that takes OTLP over HTTP.
    pub(crate) endpoint: String,
    /// The part of traces that is kept: 0 to 1.
    pub(crate) ratio: f64,
}

/// What sends them.
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send.
    pub(super) fn start(settings: &TraceSettings) -> Result<Self, CliError> {
        let refused = |why: String| {
            let said = format!("spans cannot be sent to {}: {why}", settings.endpoint);
            CliError::usage("up.traces", said)
                .suggest("Write a URL, such as `--otlp-endpoint http://127.0.0.1:4318`.")
        };
        let collector =
            Collector::new(Handle::current()).map_err(|error| refused(error.to_string()))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(collector)
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(format!("{}/{PATH}", settings.endpoint.trim_end_matches('/')))
            .build()
            .map_err(|error| refused(error.to_string()))?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let provider = SdkTracerProvider::builder()
            // Not by what the caller's trace says: a tenant does not decide what is kept.
            .with_sampler(Sampler::TraceIdRatioBased(settings.ratio))
            .with_resource(
                Resource::builder().with_service_name("weir").with_attribute(version).build(),
            )
            .with_batch_exporter(exporter)
            .build();
        Ok(Self(provider))
    }

    pub(super) fn tracer(&self) -> SdkTracer {
        self.0.tracer(SPANS)
    }

    /// Sends what is left.
    pub(super) async fn stop(self) {
        let stopped =
            tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(FLUSH_MAX)).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}
