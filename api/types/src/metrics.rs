use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is known of a metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MetricDescriptor {
    /// `io.confluent.kafka.server/received_bytes`
    pub name: String,
    /// What it says.
    pub description: String,
    /// `COUNTER_INT64`: summed over time. `GAUGE_INT64`: averaged over time.
    #[serde(rename = "type")]
    pub metric_type: String,
    /// In UCUM: `By`, `1`.
    pub unit: String,
    /// `GENERAL_AVAILABILITY`
    pub lifecycle_stage: String,
    /// Whether exports have it.
    pub exportable: bool,
    /// What tells its series apart.
    pub labels: Vec<MetricLabel>,
    /// What has it: `kafka`.
    pub resources: Vec<String>,
}

/// A label of series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MetricLabel {
    /// `topic`; in queries `metric.topic`.
    pub key: String,
    /// What it says.
    pub description: String,
    /// Whether exports have it.
    pub exportable: bool,
}

/// What is known of what has metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MetricResource {
    /// `kafka`
    #[serde(rename = "type")]
    pub resource_type: String,
    /// What it is.
    pub description: String,
    /// What tells one from the other; in queries with `resource.` before.
    pub labels: Vec<MetricLabel>,
}

/// A page of answers about metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricsPage<T> {
    /// What was found.
    pub data: Vec<T>,
    /// Which part of it this is.
    pub meta: MetricsMeta,
}

/// Which part of the whole a page is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MetricsMeta {
    /// The page.
    pub pagination: MetricsPagination,
}

/// A page of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MetricsPagination {
    /// Items at most; of a query groups.
    pub page_size: u32,
    /// For the parameter `page_token`; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_page_token: Option<String>,
    /// Items of all pages; of a query groups.
    pub total_size: u32,
}

/// A question about the values of a metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricsQuery {
    /// Exactly one.
    pub aggregations: Vec<MetricsAggregation>,
    /// Which series. At least one cluster must be named: `resource.kafka.id`.
    #[serde(default)]
    pub filter: Option<MetricsFilter>,
    /// `PT1M`, `PT5M`, `PT15M`, `PT30M`, `PT1H`, `PT4H`, `PT6H`, `PT12H`, `P1D` or `ALL`
    pub granularity: String,
    /// ISO 8601: `2019-10-17T20:17:00Z/PT2H`, `PT1H/now`, `now-1h|h/now|m`
    pub intervals: Vec<String>,
    /// What series are summed apart by: `metric.topic`.
    #[serde(default)]
    pub group_by: Option<Vec<String>>,
    /// Groups at most: 1 to 1000, 100 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
    /// The order of groups, for the granularity `ALL` alone; else they are in the order of their values.
    #[serde(default)]
    pub order_by: Option<Vec<MetricsOrder>>,
    /// `FLAT`, the default, or with `group_by` `GROUPED`.
    #[serde(default)]
    pub format: Option<String>,
}

/// What is summed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MetricsAggregation {
    /// Its name.
    pub metric: String,
    /// `SUM`, or absent.
    #[serde(default)]
    pub agg: Option<String>,
}

/// How groups are ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MetricsOrder {
    /// The metric that is asked for.
    pub metric: String,
    /// `SUM`, or absent.
    #[serde(default)]
    pub agg: Option<String>,
    /// `DESCENDING`, the default, or `ASCENDING`.
    #[serde(default)]
    pub order: Option<String>,
}

/// Which series are wanted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricsFilter {
    /// `EQ`, `GT`, `GTE` with `field` and `value`; `AND`, `OR` with `filters`; `NOT` with `filter`.
    pub op: String,
    /// `resource.kafka.id`, `metric.topic`
    #[serde(default)]
    pub field: Option<String>,
    /// A text or a whole number.
    #[serde(default)]
    pub value: Option<serde_json::Value>,
    /// What is joined.
    #[serde(default)]
    #[schema(no_recursion)]
    pub filters: Option<Vec<MetricsFilter>>,
    /// What is turned round.
    #[serde(default)]
    #[schema(no_recursion)]
    pub filter: Option<Box<MetricsFilter>>,
}

/// A value, with the fields of its group as further members; of the format `GROUPED` a group with `points`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricsPoint {
    /// When the bucket begins: RFC 3339, UTC. Absent of a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub timestamp: Option<String>,
    /// The sum. Absent of a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    #[schema(nullable = false)]
    pub value: Option<serde_json::Number>,
    /// The points of a group, the newest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    #[schema(nullable = false)]
    pub points: Option<Vec<MetricsPoint>>,
    /// The fields of the group: `"metric.topic": "orders"`.
    #[serde(flatten)]
    pub fields: BTreeMap<String, String>,
}

/// A question about the values that a label has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricsAttributes {
    /// Of this metric; of any when absent.
    #[serde(default)]
    pub metric: Option<String>,
    /// Which label: exactly one.
    pub group_by: Vec<String>,
    /// Which series. At least one cluster must be named: `resource.kafka.id`.
    #[serde(default)]
    pub filter: Option<MetricsFilter>,
    /// In which times; the last hour when absent.
    #[serde(default)]
    pub intervals: Option<Vec<String>>,
    /// Values at most: 1 to 1000, 100 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
}
