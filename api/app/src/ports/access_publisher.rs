use common_types::access::{AccessChange, AccessSnapshot};
use futures_util::future::BoxFuture;

/// Puts a snapshot of what brokers may serve in force.
///
/// When the future is done with `Ok`, every broker that it reaches decides by this snapshot or by a
/// newer one. A broker that is away catches up by itself; an older revision is ignored, not an error.
pub trait AccessPublisher: Send + Sync {
    /// Puts `snapshot` in force.
    fn publish(&self, snapshot: AccessSnapshot) -> BoxFuture<'_, Result<(), PublishError>>;

    /// Puts `change` in force, on top of the revision before it. `Ok(false)`, and nothing is in force: brokers
    /// have another revision, and a whole snapshot has to be published.
    fn change(&self, change: AccessChange) -> BoxFuture<'_, Result<bool, PublishError>>;
}

/// The snapshot is not in force; the same call may succeed later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("brokers did not take the access snapshot: {0}")]
pub struct PublishError(pub String);
