//! What brokers count, as the control plane names it.

use api_app::Reading;
use api_app::metrics::{Label, Metric};
use broker::usage::{TenantUsage, UsageReport};
use common_types::TenantId;
use protocol::versions::name;

/// The values of one broker.
pub(super) fn readings(report: &UsageReport) -> Vec<Reading> {
    let of = |(tenant, usage): (&TenantId, &TenantUsage)| {
        let mut sheet = Sheet { broker: report.epoch, tenant: *tenant, readings: Vec::new() };
        sheet.fill(usage);
        sheet.readings
    };
    report.tenants.iter().flat_map(of).collect()
}

/// The values of one tenant at one broker.
struct Sheet {
    broker: u64,
    tenant: TenantId,
    readings: Vec<Reading>,
}

impl Sheet {
    fn fill(&mut self, usage: &TenantUsage) {
        self.put(Metric::ActiveConnectionCount, None, usage.connections);
        self.put(Metric::SuccessfulAuthenticationCount, None, usage.authentications);
        self.put(Metric::PartitionCount, None, usage.topics.values().map(|t| t.partitions).sum());
        for (api, used) in &usage.apis {
            let kind = Some((Label::Type, name(*api)));
            self.put(Metric::RequestCount, kind, used.requests);
            self.put(Metric::RequestBytes, kind, used.request_bytes);
            self.put(Metric::ResponseBytes, kind, used.response_bytes);
        }
        for (topic, used) in &usage.topics {
            let topic = Some((Label::Topic, topic.as_str()));
            self.put(Metric::ReceivedBytes, topic, used.received_bytes);
            self.put(Metric::ReceivedRecords, topic, used.received_records);
            self.put(Metric::SentBytes, topic, used.sent_bytes);
            self.put(Metric::SentRecords, topic, used.sent_records);
            if used.partitions > 0 {
                self.put(Metric::RetainedBytes, topic, used.retained_bytes);
            }
        }
    }

    fn put(&mut self, metric: Metric, label: Option<(Label, &str)>, value: u64) {
        self.readings.push(Reading {
            broker: self.broker,
            tenant: self.tenant,
            metric,
            labels: label.map(|(label, value)| (label, value.to_owned())).into_iter().collect(),
            value,
        });
    }
}
