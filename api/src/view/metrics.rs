use api_app::metrics::{Field, Group, Kind, METRICS, Point};
use api_types::{MetricDescriptor, MetricLabel, MetricResource, MetricsPoint, rfc3339};
use serde_json::Number;

/// What has metrics.
const KAFKA: &str = "kafka";

/// Every metric of a type of resource; without one, of all.
pub(crate) fn metric_descriptors(resource_type: Option<&str>) -> Vec<MetricDescriptor> {
    let all = METRICS.iter().filter(|_| resource_type.is_none_or(|wanted| wanted == KAFKA));
    let shown = all.map(|info| MetricDescriptor {
        name: info.name.to_owned(),
        description: info.description.to_owned(),
        metric_type: match info.kind {
            Kind::Counter => "COUNTER_INT64".to_owned(),
            Kind::Gauge => "GAUGE_INT64".to_owned(),
        },
        unit: info.unit.to_owned(),
        lifecycle_stage: "GENERAL_AVAILABILITY".to_owned(),
        exportable: true,
        labels: info.labels.iter().map(|one| label(one.key(), one.description())).collect(),
        resources: vec![KAFKA.to_owned()],
    });
    shown.collect()
}

/// What has metrics.
pub(crate) fn metric_resources() -> Vec<MetricResource> {
    vec![MetricResource {
        resource_type: KAFKA.to_owned(),
        description: "A Kafka cluster.".to_owned(),
        labels: vec![label("kafka.id", "The id of the Kafka cluster.")],
    }]
}

fn label(key: &str, description: &str) -> MetricLabel {
    MetricLabel { key: key.to_owned(), description: description.to_owned(), exportable: true }
}

/// Groups as items: each with its points, or each point by itself.
pub(crate) fn metric_points(
    groups: Vec<Group>,
    group_by: &[Field],
    is_grouped: bool,
) -> Vec<MetricsPoint> {
    let mut shown = Vec::new();
    for group in groups {
        let names = group_by.iter().map(|field| field.name().to_owned());
        let fields: std::collections::BTreeMap<_, _> = names.zip(group.values).collect();
        let points = group.points.into_iter().map(point);
        if is_grouped {
            let points = Some(points.collect());
            shown.push(MetricsPoint { points, fields, ..MetricsPoint::default() });
        } else {
            shown.extend(points.map(|p| MetricsPoint { fields: fields.clone(), ..p }));
        }
    }
    shown
}

fn point(point: Point) -> MetricsPoint {
    MetricsPoint {
        timestamp: Some(rfc3339(point.start_us)),
        value: Some(number(point.value)),
        ..MetricsPoint::default()
    }
}

/// Whole numbers without a point, as far as a double is exact.
fn number(value: f64) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation, reason = "whole, and below 2^53")]
    if value.fract() == 0.0 && value.abs() < EXACT {
        return Number::from(value as i64);
    }
    Number::from_f64(value).unwrap_or_else(|| Number::from(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_values_are_whole_numbers() {
        let shown = [0.0, 844.0, 844.5, 1e300].map(|value| number(value).to_string());
        assert_eq!(shown, ["0", "844", "844.5", "1e+300"]);
        assert_eq!(metric_descriptors(Some("connector")), []);
        assert_eq!(metric_descriptors(Some("kafka")).len(), METRICS.len());
    }
}
