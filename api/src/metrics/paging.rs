use api_types::{MetricsMeta, MetricsPage, MetricsPagination};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_types::limits::METRIC_GROUPS_MAX;

use crate::http::{ApiResult, HttpFailure, Params};

const SIZE_DEFAULT: u32 = 100;

/// Which part of the whole is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paging {
    start: usize,
    size: u32,
}

/// A question that cannot be answered as it is.
pub(crate) fn refused(at: &str, detail: impl Into<String>) -> HttpFailure {
    HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_filter", detail).at(at)
}

impl Paging {
    /// The page that `page_token` names, of so many items.
    pub(crate) fn read(params: &Params, limit: Option<i64>) -> ApiResult<Self> {
        let size = match limit {
            None => SIZE_DEFAULT,
            Some(limit) => u32::try_from(limit)
                .ok()
                .filter(|limit| (1..=METRIC_GROUPS_MAX).contains(limit))
                .ok_or_else(|| {
                    refused(
                        "/limit",
                        format!("limit must be 1 to {METRIC_GROUPS_MAX}, got {limit}"),
                    )
                })?,
        };
        let start = params.first("page_token").map(|token| {
            let bytes = URL_SAFE_NO_PAD.decode(token).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            text.and_then(|text| text.parse().ok())
                .ok_or_else(|| refused("page_token", "page_token is none that was given out"))
        });
        Ok(Self { start: start.transpose()?.unwrap_or(0), size })
    }

    /// The page of a list whose size is in the query.
    pub(crate) fn of_list(params: &Params) -> ApiResult<Self> {
        let size = params.page()?.size;
        Self::read(params, size.map(|size| i64::from(size.min(METRIC_GROUPS_MAX))))
    }

    /// Cuts the page out of the whole.
    pub(crate) fn cut<T>(self, all: Vec<T>) -> MetricsPage<T> {
        let total = all.len();
        let end = self.start.saturating_add(self.size as usize);
        let next = (end < total).then(|| URL_SAFE_NO_PAD.encode(end.to_string()));
        let pagination = MetricsPagination {
            page_size: self.size,
            next_page_token: next,
            total_size: u32::try_from(total).unwrap_or(u32::MAX),
        };
        let data = all.into_iter().skip(self.start).take(self.size as usize).collect();
        MetricsPage { data, meta: MetricsMeta { pagination } }
    }
}
