/// The `tracing` target of spans, so that whoever collects them takes these and no others.
pub const SPANS: &str = "weir::spans";
