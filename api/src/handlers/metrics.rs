use std::collections::BTreeMap;

use api_app::metrics::Group;
use api_types::{
    Failure, MetricDescriptor, MetricResource, MetricsAttributes, MetricsPage, MetricsPoint,
    MetricsQuery,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::ApiState;
use crate::http::{ApiResult, CloudCaller, HttpFailure, JsonBody, Params};
use crate::metrics::{
    OPEN_METRICS, PROMETHEUS, Paging, asked, export, fields, filter, intervals, metric, refused,
};
use crate::view;

/// The only dataset.
const DATASET: &str = "cloud";

/// Lists what can be asked for.
#[utoipa::path(get, path = "/v2/metrics/{dataset}/descriptors/metrics", tag = "metrics/v2",
    security(("cloud_key" = [])),
    params(
        ("dataset" = String, Path, description = "`cloud`"),
        ("resource_type" = Option<String>, Query, description = "Only of this type of resource: `kafka`"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 1000, 100 by default"),
        ("page_token" = Option<String>, Query, description = "From `meta.pagination.next_page_token` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = MetricsPage<MetricDescriptor>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_metric_descriptors(
    CloudCaller(_): CloudCaller,
    Path(dataset): Path<String>,
    params: Params,
) -> ApiResult<Json<MetricsPage<MetricDescriptor>>> {
    check(&dataset)?;
    let all = view::metric_descriptors(params.first("resource_type"));
    Ok(Json(Paging::of_list(&params)?.cut(all)))
}

/// Lists what has metrics.
#[utoipa::path(get, path = "/v2/metrics/{dataset}/descriptors/resources", tag = "metrics/v2",
    security(("cloud_key" = [])),
    params(
        ("dataset" = String, Path, description = "`cloud`"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 1000, 100 by default"),
        ("page_token" = Option<String>, Query, description = "From `meta.pagination.next_page_token` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = MetricsPage<MetricResource>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_metric_resources(
    CloudCaller(_): CloudCaller,
    Path(dataset): Path<String>,
    params: Params,
) -> ApiResult<Json<MetricsPage<MetricResource>>> {
    check(&dataset)?;
    Ok(Json(Paging::of_list(&params)?.cut(view::metric_resources())))
}

/// Asks for values of a metric over time.
#[utoipa::path(post, path = "/v2/metrics/{dataset}/query", tag = "metrics/v2",
    security(("cloud_key" = [])),
    params(
        ("dataset" = String, Path, description = "`cloud`"),
        ("page_token" = Option<String>, Query, description = "From `meta.pagination.next_page_token` of the page before"),
    ),
    request_body = MetricsQuery,
    responses(
        (status = 200, description = "Points, or groups of points", body = MetricsPage<MetricsPoint>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn read_metrics(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(dataset): Path<String>,
    params: Params,
    JsonBody(body): JsonBody<MetricsQuery>,
) -> ApiResult<Json<MetricsPage<MetricsPoint>>> {
    check(&dataset)?;
    let asked = asked(&body, state.clock.wall_ms())?;
    let paging = Paging::read(&params, body.limit)?;
    let mut groups = state.app.query_metrics(&caller, &asked.query).await?;
    if let Some(ascending) = asked.ascending {
        let sum = |group: &Group| group.points.iter().map(|point| point.value).sum::<f64>();
        // Stable, so that groups with the same sum stay in the order of their values.
        groups.sort_by(|a, b| {
            let order = sum(a).total_cmp(&sum(b));
            if ascending { order } else { order.reverse() }
        });
    }
    let MetricsPage { data, meta } = paging.cut(groups);
    let data = view::metric_points(data, &asked.query.group_by, asked.is_grouped);
    Ok(Json(MetricsPage { data, meta }))
}

/// Lists the values that a label has.
#[utoipa::path(post, path = "/v2/metrics/{dataset}/attributes", tag = "metrics/v2",
    security(("cloud_key" = [])),
    params(
        ("dataset" = String, Path, description = "`cloud`"),
        ("page_token" = Option<String>, Query, description = "From `meta.pagination.next_page_token` of the page before"),
    ),
    request_body = MetricsAttributes,
    responses(
        (status = 200, description = "One page", body = MetricsPage<BTreeMap<String, String>>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_metric_attributes(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(dataset): Path<String>,
    params: Params,
    JsonBody(body): JsonBody<MetricsAttributes>,
) -> ApiResult<Json<MetricsPage<BTreeMap<String, String>>>> {
    check(&dataset)?;
    let metric = body.metric.as_deref().map(|name| metric(name, "/metric")).transpose()?;
    if body.group_by.len() != 1 {
        return Err(refused("/group_by", "group_by must be exactly one field"));
    }
    let fields = fields(&body.group_by, metric)?;
    let filter = filter(body.filter.as_ref(), metric)?;
    let last_hour = ["PT1H/now".to_owned()];
    let texts = body.intervals.as_deref().unwrap_or(&last_hour);
    let intervals = intervals(texts, None, state.clock.wall_ms())?;
    let paging = Paging::read(&params, body.limit)?;
    let found = state.app.metric_attributes(&caller, metric, &filter, &intervals, &fields).await?;
    let item = |values: Vec<String>| {
        fields.iter().map(|field| field.name().to_owned()).zip(values).collect()
    };
    Ok(Json(paging.cut(found.into_iter().map(item).collect())))
}

/// Writes the last whole minute as scrapers read it: OpenMetrics where `Accept` asks for it, else the text
/// format of Prometheus.
#[utoipa::path(get, path = "/v2/metrics/{dataset}/export", tag = "metrics/v2",
    security(("cloud_key" = [])),
    params(
        ("dataset" = String, Path, description = "`cloud`"),
        ("resource.kafka.id" = Vec<String>, Query, description = "Clusters; the parameter may repeat"),
        ("metric" = Option<Vec<String>>, Query, description = "Only these metrics; the parameter may repeat"),
    ),
    responses(
        (status = 200, description = "Values with the moment at which their minute began", content(
            (String = "application/openmetrics-text; version=1.0.0; charset=utf-8"),
            (String = "text/plain; version=0.0.4; charset=utf-8"),
        )),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_metrics_export(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(dataset): Path<String>,
    params: Params,
    headers: HeaderMap,
) -> ApiResult<Response> {
    check(&dataset)?;
    for kind in ["connector", "ksql", "schema_registry"] {
        if let Some(id) = params.first(&format!("resource.{kind}.id")) {
            let detail = format!("resource not found: there is no {kind} {id:?} with metrics");
            let status = StatusCode::NOT_FOUND;
            return Err(HttpFailure::http(status, "resource_not_found", detail));
        }
    }
    let names = params.all("metric");
    let metrics = names.iter().map(|name| metric(name, "metric"));
    let metrics: Vec<_> = metrics.collect::<ApiResult<_>>()?;
    let clusters = params.all("resource.kafka.id");
    let clusters = clusters.iter().map(String::as_str).collect();
    let mut found = state.app.export_metrics(&caller, &clusters).await?;
    if !metrics.is_empty() {
        found.iter_mut().for_each(|e| e.values.retain(|value| metrics.contains(&value.0)));
    }
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_open = accepted.contains("application/openmetrics-text");
    let content_type = if is_open { OPEN_METRICS } else { PROMETHEUS };
    Ok(([(CONTENT_TYPE, content_type)], export(&found, is_open)).into_response())
}

fn check(dataset: &str) -> ApiResult<()> {
    if dataset == DATASET {
        return Ok(());
    }
    let detail = format!("resource not found: there is no dataset {dataset:?}, but {DATASET:?}");
    Err(HttpFailure::http(StatusCode::NOT_FOUND, "resource_not_found", detail))
}
