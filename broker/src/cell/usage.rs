//! What tenants use this broker for, with what it holds for them.

use super::Cell;
use crate::usage::UsageReport;

impl Cell {
    /// Counters since this broker started, and what it leads now.
    #[must_use]
    pub fn usage(&self) -> UsageReport {
        let mut report =
            UsageReport { epoch: self.epoch().0, tenants: self.usage.read().into_iter().collect() };
        let topics = self.catalog.read().all();
        for topic in topics {
            let mut used = topic.used.read();
            for partition in topic.partitions().iter().filter(|p| p.pg.leads()) {
                used.partitions += 1;
                used.retained_bytes += partition.size();
            }
            let tenant = report.tenants.entry(topic.tenant).or_default();
            tenant.topics.insert(topic.name.clone(), used);
        }
        report
    }
}
