//! The cell: its brokers, and, where it has a controller, what that one sees.

use std::collections::BTreeMap;

use api_app::Meter as _;
use api_app::metrics::{Kind, METRICS, Metric};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;

use storage::counted::Op;

use super::page::Ops;
use crate::roles;

const OPERATIONS: [(&str, Op); 5] = [
    ("put", Op::Put),
    ("get", Op::Get),
    ("range", Op::Range),
    ("list", Op::List),
    ("delete", Op::Delete),
];

/// A broker by its epoch: counters begin with that.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Broker {
    broker: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    broker: u64,
    operation: &'static str,
}

/// Adds what brokers count, over all tenants. A cell at rest is not woken for it.
pub(super) async fn register(registry: &mut Registry, ops: &Ops) {
    let readings = ops.door.read().await;
    let awake = ConstGauge::new(i64::from(readings.is_some()));
    registry.register("cell_awake", "1 while the cell has a broker; 0 at rest", awake);
    let Some(readings) = readings else { return };
    let complete = ConstGauge::new(i64::from(readings.is_complete));
    let help = "1 when every broker of the cell told what it counts";
    registry.register("cell_complete", help, complete);
    let mut sums: BTreeMap<(Metric, u64), u64> = BTreeMap::new();
    for reading in readings.readings {
        *sums.entry((reading.metric, reading.broker)).or_default() += reading.value;
    }
    for info in METRICS {
        let of = sums.iter().filter(|((of, _), _)| *of == info.metric);
        let values = of.map(|((_, broker), value)| (Broker { broker: *broker }, *value));
        let name = format!("broker_{}", info.name.rsplit('/').next().unwrap_or(info.name));
        let name = name.strip_suffix("_count").unwrap_or(&name);
        match info.kind {
            Kind::Counter => {
                let family: Family<Broker, Counter> = Family::default();
                values.for_each(|(broker, value)| {
                    family.get_or_create(&broker).inc_by(value);
                });
                registry.register(name, info.description, family);
            }
            Kind::Gauge => {
                let family: Family<Broker, Gauge> = Family::default();
                values.for_each(|(broker, value)| {
                    family.get_or_create(&broker).set(i64::try_from(value).unwrap_or(i64::MAX));
                });
                registry.register(name, info.description, family);
            }
        }
    }
    if let Some(folder) = &ops.folder {
        match roles::describe(folder).await {
            Ok(report) => controller(registry, &report),
            Err(error) => tracing::warn!(%error, "no controller says how the cell is"),
        }
    }
}

fn controller(registry: &mut Registry, report: &broker::rpc::CellReport) {
    let mut gauge = |name: &str, help: &str, value: usize| {
        registry.register(name, help, ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX)));
    };
    let connected = report.brokers.values().filter(|broker| broker.connected).count();
    gauge("cell_brokers", "Brokers that the controller knows", report.brokers.len());
    gauge("cell_brokers_connected", "Those of them that it hears from", connected);
    let homeless = usize::try_from(report.groups_without_leader).unwrap_or(usize::MAX);
    gauge("cell_groups_without_leader", "Placement groups that nobody leads", homeless);
    gauge("cell_moves", "Placement groups that are on their way", report.moves.len());
    let logs = "Ended logs that are not in segments yet";
    gauge("cell_ended_logs", logs, report.ended_logs.len());
    gauge("cell_alarms", "What `weir cell describe` shows as alarms", report.alarms.len());
    let calls: Family<Call, Counter> = Family::default();
    for (epoch, broker) in &report.brokers {
        let Some(used) = &broker.store else { continue };
        for (operation, op) in OPERATIONS {
            let call = Call { broker: *epoch, operation };
            calls.get_or_create(&call).inc_by(used.counts.all(op).requests);
        }
    }
    registry.register("store_requests", "Requests to the object store", calls);
}
