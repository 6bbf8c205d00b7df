//! The metadata of whoever is the writer now.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use storage::meta::{MetaError, Txn};
use storage::store::StoreError;
use tokio::time::Instant;

use super::join::Inner;
use super::role::Role;
use crate::meta::{Changes, MetaStore, Revision};

/// How long a commit waits for a writer that takes it.
const COMMIT_PATIENCE: Duration = Duration::from_secs(20);
/// How long a follower waits for a writer; then it hears of nothing, and asks again.
const CHANGES_PATIENCE: Duration = Duration::from_secs(1);

/// The port to the metadata, behind which the writer may change.
#[derive(Debug)]
pub(super) struct RoutedMeta(pub(super) Arc<Inner>);

impl RoutedMeta {
    /// The metadata in a role that is not the one of `stale`.
    async fn current(&self, stale: Option<u64>) -> (u64, Arc<dyn MetaStore>) {
        let found = |(generation, role): &(u64, Role)| {
            let meta = role.meta().filter(|_| Some(*generation) != stale)?;
            Some((*generation, meta))
        };
        self.0.role.until(found).await
    }

    async fn commit_somewhere(&self, txn: Txn) -> Result<Revision, MetaError> {
        let mut stale = None;
        loop {
            let (generation, meta) = self.current(stale).await;
            match meta.commit(txn.clone()).await {
                // It did not even try. The next writer will.
                Err(MetaError::Fenced) => stale = Some(generation),
                outcome => {
                    self.nudge();
                    return outcome;
                }
            }
        }
    }

    fn nudge(&self) {
        if let Role::Controls { controller, .. } = self.0.role() {
            controller.nudge();
        }
    }
}

impl MetaStore for RoutedMeta {
    fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Revision, MetaError>> {
        Box::pin(async move {
            let until = Instant::now() + COMMIT_PATIENCE;
            match tokio::time::timeout_at(until, self.commit_somewhere(txn)).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    let reason = format!("no writer took it within {COMMIT_PATIENCE:?}");
                    let (what, key) = ("commit", "the controller".to_owned());
                    Err(StoreError::Unknown { what, key, reason }.into())
                }
            }
        })
    }

    fn changes(&self, after: Revision) -> BoxFuture<'_, Result<Changes, MetaError>> {
        Box::pin(async move {
            let found = tokio::time::timeout(CHANGES_PATIENCE, self.current(None)).await;
            let Ok((_, meta)) = found else { return Ok(Changes::Txns(Vec::new())) };
            meta.changes(after).await
        })
    }
}
