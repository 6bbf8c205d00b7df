use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds in seconds: around the 50 ms that are promised, and far enough to see what waits for a cell.
const BOUNDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// A path that nobody serves: whoever scans for some must not make series.
const NOWHERE: &str = "none";

/// What the HTTP edge counts, for whoever runs Weir. It names no tenant and no id.
#[derive(Debug, Clone)]
pub struct HttpCounts {
    requests: Family<Answer, Counter>,
    seconds: Family<Asked, Histogram, Buckets>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    route: Arc<str>,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: Arc<str>,
}

#[derive(Debug, Clone)]
struct Buckets;

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(BOUNDS)
    }
}

impl Default for HttpCounts {
    fn default() -> Self {
        Self { requests: Family::default(), seconds: Family::new_with_constructor(Buckets) }
    }
}

impl HttpCounts {
    /// Lets a registry show them.
    pub fn register(&self, registry: &mut Registry) {
        let requests = "Requests of the REST API that were answered";
        registry.register("http_requests", requests, self.requests.clone());
        let seconds =
            "Time from a request of the REST API to its answer; of a stream, to its first byte";
        registry.register_with_unit(
            "http_request_duration",
            seconds,
            Unit::Seconds,
            self.seconds.clone(),
        );
    }

    pub(super) fn answered(
        &self,
        method: &axum::http::Method,
        route: Option<&str>,
        status: u16,
        took: Duration,
    ) {
        let (method, route) = (known(method), Arc::<str>::from(route.unwrap_or(NOWHERE)));
        let asked = Asked { method, route: Arc::clone(&route) };
        self.seconds.get_or_create(&asked).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answer { method, route, status }).inc();
    }
}

/// Whatever else is sent as a method is one: it must not make series either.
fn known(method: &axum::http::Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}
