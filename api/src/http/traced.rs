//! The span of a request, and the trace that its caller says it belongs to.

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderMap;
use common_seams::SPANS;
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use tracing::field::Empty;
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

const TRACEPARENT: &str = "traceparent";

/// Opens it. Whether anybody looks is decided where spans are collected; until then it costs a comparison.
pub(super) fn span(request: &Request, route: Option<&MatchedPath>, id: &str) -> Span {
    let route = route.map_or("none", MatchedPath::as_str);
    let span = info_span!(
        target: SPANS,
        "request",
        otel.kind = "server",
        otel.name = %format_args!("{} {route}", request.method()),
        otel.status_code = Empty,
        http.request.method = %request.method(),
        http.route = route,
        http.response.status_code = Empty,
        weir.request.id = id,
    );
    if !span.is_disabled()
        && let Some(parent) = parent(request.headers())
    {
        // Without a layer that collects spans there is nothing to belong to.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
    span
}

/// Says how it ended.
pub(super) fn end(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// W3C Trace Context, level 1: `00-{trace id}-{span id}-{flags}`, and of later versions that part. Whether to
/// sample is decided here and not by whoever asks, so its flag is not taken over.
fn parent(headers: &HeaderMap) -> Option<SpanContext> {
    let mut all = headers.get_all(TRACEPARENT).iter();
    let (Some(text), None) = (all.next(), all.next()) else { return None };
    let mut parts = text.to_str().ok()?.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits
            && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let is_whole = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    if !is_whole || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

    fn parent_of(texts: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append(TRACEPARENT, HeaderValue::from_str(text).unwrap());
        }
        parent(&headers).map(|it| format!("{} {}", it.trace_id(), it.span_id()))
    }

    #[test]
    fn a_trace_is_continued_when_it_is_written_as_the_standard_says() {
        let expected = "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7";
        assert_eq!(parent_of(&[GOOD]).unwrap(), expected);
        let later = GOOD.replacen("00", "01", 1) + "-more";
        assert_eq!(parent_of(&[&later]).unwrap(), expected);
        for bad in [
            String::new(),
            GOOD.to_uppercase(),
            format!("{GOOD}-more"),
            GOOD.replacen("00", "ff", 1),
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            GOOD.replace("00f067aa0ba902b7", "00f067aa0ba902b"),
            GOOD.replace('4', "+"),
        ] {
            assert_eq!(parent_of(&[&bad]), None, "{bad}");
        }
        assert_eq!(parent_of(&[GOOD, GOOD]), None, "two are none");
    }
}
