//! Metrics over HTTP: queries out of their public shape, and values as scrapers read them.

mod export;
mod paging;
mod request;

pub(crate) use export::{OPEN_METRICS, PROMETHEUS, export};
pub(crate) use paging::{Paging, refused};
pub(crate) use request::{asked, fields, filter, intervals, metric};
