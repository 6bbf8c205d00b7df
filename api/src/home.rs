use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

use crate::ApiState;

/// What `/` shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Home {
    /// Version of the binary.
    pub version: String,
    /// One line: `running`.
    pub status: String,
    /// Addresses by name: `kafka_tls` is `127.0.0.1:9093`.
    pub addresses: BTreeMap<String, String>,
    /// The command to try next.
    pub next_command: String,
}

/// Shows addresses, status and the next command: as a page to browsers, as JSON to others.
pub(crate) async fn home(State(state): State<ApiState>, headers: HeaderMap) -> Response {
    let wants_html = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if wants_html {
        Html(page(&state.home)).into_response()
    } else {
        axum::Json(&*state.home).into_response()
    }
}

/// What somebody sees who opens the link of an invitation. The token is behind `#`: it is not sent here.
pub(crate) async fn invited() -> Html<&'static str> {
    Html(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Weir</title>\n\
         <style>body{font:16px/1.5 system-ui;max-width:44rem;margin:3rem auto;padding:0 1rem}\
         pre{background:#f3f3f3;padding:1rem}</style>\n<h1>You are invited</h1>\n\
         <p>Choose a password and join with the command line:</p>\n\
         <pre>weir invitation accept '&lt;the whole link&gt;'</pre>\n</html>\n",
    )
}

fn page(home: &Home) -> String {
    let rows: String = home
        .addresses
        .iter()
        .map(|(name, address)| {
            format!("<tr><th>{}</th><td><code>{}</code></td></tr>\n", escape(name), escape(address))
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Weir</title>\n\
         <style>body{{font:16px/1.5 system-ui;max-width:44rem;margin:3rem auto;padding:0 1rem}}\
         th{{text-align:left;padding-right:2rem}}pre{{background:#f3f3f3;padding:1rem}}</style>\n\
         <h1>Weir {version}</h1>\n<p>Status: <strong>{status}</strong></p>\n\
         <table>\n{rows}</table>\n<p>Next:</p>\n<pre>{next}</pre>\n</html>\n",
        version = escape(&home.version),
        status = escape(&home.status),
        next = escape(&home.next_command),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
