use common_types::TenantId;
use futures_util::future::BoxFuture;

use crate::{Observed, Step};

/// Observes and changes what a cell serves.
///
/// Applying a step again after a crash has the same outcome. Implementations never retry.
pub trait CellProvider: Send + Sync {
    /// What the cell serves for this tenant.
    fn observe(&self, tenant: TenantId) -> BoxFuture<'_, Result<Observed, ProviderError>>;

    /// Applies one step.
    fn apply(&self, tenant: TenantId, step: Step) -> BoxFuture<'_, Result<(), ProviderError>>;
}

/// Why a cell did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// What was asked for can never be, until somebody asks for something else.
    #[error("{0}")]
    BadSpec(String),
    /// Not now: the same step may succeed later. Whether it took effect is not known.
    #[error("{0}")]
    Transient(String),
}
