//! The control plane.

use api_app::App;
use api_app::model::Backlog;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;

const MICROS: f64 = 1_000_000.0;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InPhase {
    phase: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Queue {
    queue: &'static str,
}

/// Adds what the store and the use-cases say. Where the store does not answer, that alone.
pub(super) async fn register(registry: &mut Registry, app: &App) {
    let vitals = app.vitals().await;
    let up = i64::from(vitals.is_ok());
    registry.register("store_up", "1 while the control plane's store answers", ConstGauge::new(up));
    let vitals = match vitals {
        Ok(vitals) => vitals,
        Err(error) => {
            tracing::warn!(%error, "the store does not say how it is");
            return;
        }
    };
    let lags = ConstGauge::new(i64::from(vitals.access_lags));
    let help = "1 while brokers may have other keys and rights in force than the store has";
    registry.register("access_behind", help, lags);
    let clusters: Family<InPhase, Gauge> = Family::default();
    let set = |phase, held: u64| {
        clusters.get_or_create(&InPhase { phase }).set(i64::try_from(held).unwrap_or(i64::MAX));
    };
    for (phase, held) in &vitals.store.clusters {
        set(phase.as_str(), *held);
    }
    set("DELETING", vitals.store.clusters_leaving);
    registry.register("clusters", "Clusters, by phase", clusters);
    let waiting: Family<Queue, Gauge> = Family::default();
    let late: Family<Queue, Gauge<f64, std::sync::atomic::AtomicU64>> = Family::default();
    for (queue, backlog) in [
        ("work", vitals.store.work),
        ("notifications", vitals.store.notifications),
        ("audit_topics", vitals.store.audit_topics),
    ] {
        let Backlog { waiting: held, oldest_us } = backlog;
        let label = Queue { queue };
        waiting.get_or_create(&label).set(i64::try_from(held).unwrap_or(i64::MAX));
        #[expect(clippy::cast_precision_loss, reason = "centuries are exact enough")]
        late.get_or_create(&label).set(oldest_us as f64 / MICROS);
    }
    let help = "What is due and not done: passes of the reconciler, messages, events for topics";
    registry.register("due", help, waiting);
    let help = "Seconds that the oldest of what is due is over its time";
    registry.register("due_oldest_seconds", help, late);
}
