use api_app::metrics::{Field, Filter, Granularity, Interval, Metric, Query};
use api_types::{MetricsAggregation, MetricsFilter, MetricsOrder, MetricsQuery};
use common_types::limits::METRIC_CONDITIONS_MAX;
use serde_json::Value;

use super::paging::refused;
use crate::http::ApiResult;

/// Intervals of one question.
const INTERVALS_MAX: usize = 100;
/// Fields that groups are made by.
const FIELDS_MAX: usize = 10;

/// A query that can be answered.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) query: Query,
    /// Whether points are inside of their groups.
    pub(crate) is_grouped: bool,
    /// Whether groups go by their sums, and then whether the least is first.
    pub(crate) ascending: Option<bool>,
}

/// Reads a query.
pub(crate) fn asked(body: &MetricsQuery, now_ms: i64) -> ApiResult<Asked> {
    let [aggregation] = &body.aggregations[..] else {
        return Err(refused("/aggregations", "aggregations must be exactly one"));
    };
    let MetricsAggregation { metric: name, agg } = aggregation;
    sums(agg.as_deref(), "/aggregations/0/agg")?;
    let metric = metric(name, "/aggregations/0/metric")?;
    let granularity = Granularity::named(&body.granularity).ok_or_else(|| {
        let names: Vec<&str> = Granularity::names().collect();
        let detail = format!("granularity {:?} is none of {}", body.granularity, names.join(", "));
        refused("/granularity", detail)
    })?;
    let intervals = intervals(&body.intervals, Some(granularity), now_ms)?;
    let names = body.group_by.as_deref().unwrap_or_default();
    let group_by = fields(names, Some(metric))?;
    let is_grouped = match body.format.as_deref() {
        None | Some("FLAT") => false,
        Some("GROUPED") if !group_by.is_empty() => true,
        Some("GROUPED") => {
            return Err(refused("/format", "the format GROUPED needs a group_by"));
        }
        Some(other) => {
            return Err(refused(
                "/format",
                format!("format {other:?} is neither FLAT nor GROUPED"),
            ));
        }
    };
    let ascending = order(body.order_by.as_deref().unwrap_or_default(), name, granularity)?;
    let filter = filter(body.filter.as_ref(), Some(metric))?;
    let query = Query { metric, filter, granularity, intervals, group_by };
    Ok(Asked { query, is_grouped, ascending })
}

/// The metric with a name.
pub(crate) fn metric(name: &str, at: &str) -> ApiResult<Metric> {
    Metric::named(name).ok_or_else(|| {
        let detail = format!("there is no metric {name:?}; descriptors/metrics lists them");
        refused(at, detail)
    })
}

fn sums(agg: Option<&str>, at: &str) -> ApiResult<()> {
    match agg {
        None | Some("SUM") => Ok(()),
        Some(other) => Err(refused(at, format!("agg {other:?}: SUM is what there is"))),
    }
}

fn order(by: &[MetricsOrder], metric: &str, granularity: Granularity) -> ApiResult<Option<bool>> {
    if granularity != Granularity::All {
        return match by {
            [] => Ok(None),
            _ => Err(refused("/order_by", "order_by is for the granularity ALL")),
        };
    }
    // By the only aggregation, the greatest first, when nobody says.
    let Some(first) = by.first() else { return Ok(Some(false)) };
    sums(first.agg.as_deref(), "/order_by/0/agg")?;
    if first.metric != metric || by.len() > 1 {
        return Err(refused("/order_by", "order_by must name the metric that is asked for, once"));
    }
    match first.order.as_deref() {
        None | Some("DESCENDING") => Ok(Some(false)),
        Some("ASCENDING") => Ok(Some(true)),
        Some(other) => {
            let detail = format!("order {other:?} is neither DESCENDING nor ASCENDING");
            Err(refused("/order_by/0/order", detail))
        }
    }
}

/// Reads intervals. With a granularity they must not be too long for it.
pub(crate) fn intervals(
    texts: &[String],
    granularity: Option<Granularity>,
    now_ms: i64,
) -> ApiResult<Vec<Interval>> {
    if texts.is_empty() || texts.len() > INTERVALS_MAX {
        return Err(refused("/intervals", format!("intervals must be 1 to {INTERVALS_MAX}")));
    }
    let read = |(index, text): (usize, &String)| {
        let at = format!("/intervals/{index}");
        let interval = Interval::parse(text, now_ms).map_err(|detail| refused(&at, detail))?;
        granularity.map_or(Ok(()), |g| g.check(&interval)).map_err(|max| {
            let detail = format!(
                "interval {text:?}: at most {max} minutes can be asked for with this granularity"
            );
            refused(&at, detail)
        })?;
        Ok(interval)
    };
    texts.iter().enumerate().map(read).collect()
}

/// Reads fields that groups are made by.
pub(crate) fn fields(names: &[String], metric: Option<Metric>) -> ApiResult<Vec<Field>> {
    if names.len() > FIELDS_MAX {
        return Err(refused("/group_by", format!("group_by must be at most {FIELDS_MAX} fields")));
    }
    names.iter().map(|name| field(name, metric, "/group_by")).collect()
}

fn field(name: &str, metric: Option<Metric>, at: &str) -> ApiResult<Field> {
    Field::named(name, metric).ok_or_else(|| {
        let detail = format!(
            "there is no field {name:?} here; {} and the labels of the metric are fields",
            Field::Cluster.name()
        );
        refused(at, detail)
    })
}

/// Reads a filter.
pub(crate) fn filter(filter: Option<&MetricsFilter>, metric: Option<Metric>) -> ApiResult<Filter> {
    let Some(filter) = filter else {
        let detail = format!("a filter must name the clusters: {}", Field::Cluster.name());
        return Err(refused("/filter", detail));
    };
    let mut left = METRIC_CONDITIONS_MAX;
    read_filter(filter, metric, &mut left)
}

fn read_filter(
    filter: &MetricsFilter,
    metric: Option<Metric>,
    left: &mut usize,
) -> ApiResult<Filter> {
    let bad = |detail: String| refused("/filter", detail);
    *left = left.checked_sub(1).ok_or_else(|| {
        bad(format!("a filter must have at most {METRIC_CONDITIONS_MAX} conditions"))
    })?;
    let op = filter.op.as_str();
    match op {
        "EQ" | "GT" | "GTE" => {
            let name = filter.field.as_deref().ok_or_else(|| bad(format!("{op} needs a field")))?;
            let value = match &filter.value {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => return Err(bad(format!("{op} needs a value, a text or a whole number"))),
            };
            let field = field(name, metric, "/filter")?;
            Ok(match op {
                "EQ" => Filter::Equal(field, value),
                "GT" => Filter::Greater(field, value),
                _ => Filter::AtLeast(field, value),
            })
        }
        "AND" | "OR" => {
            let all = filter.filters.as_deref().unwrap_or_default();
            if all.is_empty() {
                return Err(bad(format!("{op} needs filters")));
            }
            let all: ApiResult<Vec<Filter>> =
                all.iter().map(|one| read_filter(one, metric, left)).collect();
            Ok(if op == "AND" { Filter::And(all?) } else { Filter::Or(all?) })
        }
        "NOT" => {
            let one = filter.filter.as_deref().ok_or_else(|| bad("NOT needs a filter".into()))?;
            Ok(Filter::Not(Box::new(read_filter(one, metric, left)?)))
        }
        other => Err(bad(format!("op {other:?} is none of EQ, GT, GTE, AND, OR, NOT"))),
    }
}
