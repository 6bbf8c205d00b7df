//! Values as scrapers read them: [OpenMetrics 1.0](https://github.com/prometheus/OpenMetrics), or the text
//! format of Prometheus, 0.0.4.

use std::fmt::Write as _;

use api_app::Export;
use api_app::metrics::METRICS;

pub(crate) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
pub(crate) const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes what clusters were used for. Counters are gauges there, because a value is that of one minute.
pub(crate) fn export(found: &[Export], is_open: bool) -> String {
    let mut text = String::new();
    for info in METRICS {
        let of_metric = |export: &Export| export.values.iter().any(|v| v.0 == info.metric);
        if !found.iter().any(of_metric) {
            continue;
        }
        let name = public(info.name);
        let _ = writeln!(text, "# HELP {name} {}", escaped(info.description));
        let _ = writeln!(text, "# TYPE {name} gauge");
        if is_open && info.unit == "By" {
            let _ = writeln!(text, "# UNIT {name} bytes");
        }
        for export in found {
            for (_, labels, value) in export.values.iter().filter(|v| v.0 == info.metric) {
                let _ = write!(text, "{name}{{kafka_id=\"{}\"", escaped(&export.cluster));
                for (label, value) in labels {
                    let _ = write!(text, ",{}=\"{}\"", label.key(), escaped(value));
                }
                let _ = if is_open {
                    let (s, ms) = (export.start_us / 1_000_000, export.start_us / 1_000 % 1_000);
                    writeln!(text, "}} {value} {s}.{ms:03}")
                } else {
                    writeln!(text, "}} {value} {}", export.start_us / 1_000)
                };
            }
        }
    }
    if is_open {
        text.push_str("# EOF\n");
    }
    text
}

/// `io.confluent.kafka.server/received_bytes` is `confluent_kafka_server_received_bytes`.
fn public(name: &str) -> String {
    name.trim_start_matches("io.").replace(['.', '/'], "_")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use api_app::metrics::{Label, Metric};

    use super::*;

    #[test]
    fn both_formats_name_units_labels_and_times() {
        let topic = vec![(Label::Topic, "a\"b".to_owned())];
        let found = [Export {
            cluster: "lkc-1".to_owned(),
            start_us: 1_609_459_200_000_000,
            values: vec![
                (Metric::ReceivedBytes, topic, 30),
                (Metric::PartitionCount, Vec::new(), 6),
            ],
        }];
        let partitions = "\
# HELP confluent_kafka_server_partition_count The count of partitions.
# TYPE confluent_kafka_server_partition_count gauge
confluent_kafka_server_partition_count{kafka_id=\"lkc-1\"} 6 ";
        let bytes = "\
# HELP confluent_kafka_server_received_bytes The count of bytes of records that clients sent in a minute, as they compressed them.
# TYPE confluent_kafka_server_received_bytes gauge
";
        let value =
            "confluent_kafka_server_received_bytes{kafka_id=\"lkc-1\",topic=\"a\\\"b\"} 30 ";
        let unit = "# UNIT confluent_kafka_server_received_bytes bytes\n";
        let open =
            format!("{partitions}1609459200.000\n{bytes}{unit}{value}1609459200.000\n# EOF\n");
        assert_eq!(export(&found, true), open);
        let plain = format!("{partitions}1609459200000\n{bytes}{value}1609459200000\n");
        assert_eq!(export(&found, false), plain);
        assert_eq!(export(&[], true), "# EOF\n");
    }
}
