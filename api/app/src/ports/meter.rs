use common_types::TenantId;
use futures_util::future::BoxFuture;

use crate::metrics::{Labels, Metric};

/// Counters and gauges of the brokers.
pub trait Meter: Send + Sync {
    /// What they show now; `None` while the cell is at rest, which this does not wake.
    fn read(&self) -> BoxFuture<'_, Option<Readings>>;
}

/// What brokers show at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readings {
    /// In any order.
    pub readings: Vec<Reading>,
    /// Whether every broker of the cell told its part.
    pub is_complete: bool,
}

/// One value of one broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The broker, by its epoch: its counters began with that.
    pub broker: u64,
    /// Whose.
    pub tenant: TenantId,
    /// What.
    pub metric: Metric,
    /// Which series of it.
    pub labels: Labels,
    /// Of a counter: since the broker started.
    pub value: u64,
}
