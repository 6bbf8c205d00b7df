//! The control plane's REST API: parses requests, calls the use-cases, and puts answers and failures
//! into their public shapes.
//!
//! ```text
//! outer: `//x` and `/api/x` become `/x` → request id → Host check → panic guard → failure rendering
//! inner: routes (utoipa) → authentication → parameters and body → api_app::App → view
//! ```
//!
//! *Invariants*: every answer of a route but an export of metrics is JSON, and all carry `X-Request-Id`; every failure, also of an
//! unknown path or a panic, has the one public body of its plane (`errors[]`, or `error_code` under
//! `kafka/v3`); members of a body that nobody knows are ignored and named in `X-Weir-Warning`,
//! but those of records: they are answered before the last record has come.
//!
//! *Not here*: rules (api-app), shapes (api-types), listeners and TLS (the binary).

mod described;
mod handlers;
mod home;
mod http;
mod metrics;
mod openapi;
mod rates;
mod records;
mod router;
mod state;
mod unfinished;
mod view;

pub use home::Home;
pub use http::HttpCounts;
pub use openapi::openapi;
pub use rates::{RequestRates, RouteClass};
pub use router::router;
pub use state::{ApiState, HttpSettings};
pub use unfinished::{unfinished_kafka_paths, unfinished_paths};
pub use view::cloud_event;
