//! What this process knows of the metadata.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use storage::meta::{CellState, MetaConflict, MetaError, Txn};

use super::store::{Changes, MetaStore, Revision};
use super::watched::Watched;

/// Pause before a writer is asked again that is none, or does not answer.
const PAUSE: Duration = Duration::from_millis(200);

/// A copy of the metadata, as far as it was followed.
#[derive(Debug)]
pub struct View {
    state: RwLock<Arc<CellState>>,
    revision: Watched<Revision>,
}

impl View {
    /// A view of `state`.
    #[must_use]
    pub fn new(revision: Revision, state: CellState) -> Self {
        Self { state: RwLock::new(Arc::new(state)), revision: Watched::new(revision) }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> Arc<CellState> {
        Arc::clone(&self.state.read())
    }

    /// How far it was followed.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision.look(|now| *now)
    }

    /// Follows. `applied` gets each state before the revision is announced; it must not block.
    ///
    /// # Errors
    /// A transaction that was committed and does not apply: the view is not of this cell's history.
    pub fn follow(
        &self,
        changes: Changes,
        mut applied: impl FnMut(&CellState, Option<&Txn>),
    ) -> Result<(), MetaConflict> {
        match changes {
            Changes::Txns(txns) => {
                for (revision, txn) in txns.into_iter().filter(|(r, _)| *r > self.revision()) {
                    let mut next = self.state();
                    Arc::make_mut(&mut next).apply(&txn)?;
                    *self.state.write() = Arc::clone(&next);
                    applied(&next, Some(&txn));
                    self.revision.change(|now| *now = revision);
                }
            }
            Changes::Snapshot { revision, state } => {
                let state = Arc::new(*state);
                *self.state.write() = Arc::clone(&state);
                applied(&state, None);
                self.revision.change(|now| *now = revision);
            }
        }
        Ok(())
    }

    /// Follows until `revision`, and to whatever is committed now. Waits while the writer changes.
    ///
    /// # Errors
    /// When the metadata cannot be read.
    pub async fn catch_up(
        &self,
        meta: &dyn MetaStore,
        revision: Revision,
    ) -> Result<(), MetaError> {
        loop {
            let changes = match meta.changes(self.revision()).await {
                Err(MetaError::Store(e)) if !e.is_unknown() => return Err(e.into()),
                Err(MetaError::Fenced | MetaError::Store(_)) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                other => other?,
            };
            self.follow(changes, |_, _| {})?;
            if self.revision() >= revision && self.revision() != Revision::default() {
                return Ok(());
            }
        }
    }

    /// Waits until `revision` was followed.
    pub async fn reached(&self, revision: Revision) {
        self.revision.until(|now| (*now >= revision).then_some(())).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use common_seams::SeededRng;
    use common_types::TenantId;
    use storage::meta::{MetaLog, MetaOp};
    use storage_testkit::SimStore;
    use uuid::Uuid;

    use super::*;
    use crate::meta::{ENTRIES_MAX, LocalMeta, Rolls};

    #[tokio::test]
    async fn a_view_follows_what_was_committed_and_catches_up_with_a_snapshot() {
        let store = Arc::new(SimStore::new(Arc::new(SeededRng::new(1))));
        let log = MetaLog::open(store, Uuid::nil(), Uuid::from_u128(1), None).await.unwrap();
        let meta =
            LocalMeta::new(log, Rolls { after: ENTRIES_MAX, rng: Arc::new(SeededRng::new(9)) });
        let begin = Txn { acting: 1, ops: vec![MetaOp::ActivateEpoch { epoch: 1 }] };
        let first = meta.commit(begin).await.unwrap();
        let view = View::new(Revision::default(), CellState::default());
        let seen = meta.changes(view.revision()).await.unwrap();
        assert!(matches!(seen, Changes::Snapshot { .. }), "it knows nothing of this term");
        view.follow(seen, |_, _| {}).unwrap();
        assert_eq!(view.revision(), first);

        let tenant = |n: u8| TenantId::from_bytes([b'a' + n; 16]).unwrap_or(TenantId::SYSTEM);
        let put = |n| Txn { acting: 1, ops: vec![MetaOp::PutTenant { tenant: tenant(n) }] };
        let commits = futures_util::future::join_all((0..3).map(|n| meta.commit(put(n)))).await;
        let last = commits.into_iter().map(Result::unwrap).max().unwrap();
        let mut heard = 0;
        view.follow(meta.changes(first).await.unwrap(), |_, txn| {
            heard += usize::from(txn.is_some())
        })
        .unwrap();
        view.reached(last).await;
        assert_eq!((heard, *view.state() == *meta.state()), (3, true));
    }
    #[tokio::test]
    async fn a_view_follows_a_writer_into_its_next_term() {
        let store = Arc::new(SimStore::new(Arc::new(SeededRng::new(1))));
        let log = MetaLog::open(store.clone(), Uuid::nil(), Uuid::from_u128(1), None);
        let rolls = Rolls { after: 2, rng: Arc::new(SeededRng::new(9)) };
        let meta = LocalMeta::new(log.await.unwrap(), rolls);
        let view = View::new(Revision::default(), CellState::default());
        for epoch in 1..=9 {
            let begin = Txn { acting: epoch, ops: vec![MetaOp::ActivateEpoch { epoch }] };
            let made = meta.commit(begin).await.unwrap();
            while view.revision() < made {
                view.follow(meta.changes(view.revision()).await.unwrap(), |_, _| {}).unwrap();
            }
            assert_eq!(*view.state(), *meta.state(), "after epoch {epoch}");
            let writer = MetaLog::writer(&*store).await.unwrap().unwrap();
            assert!(meta.has_term(writer.term), "term {} is its own", writer.term);
        }
        assert_eq!(meta.revision().term(), 5, "four terms of two entries are over");
        let other = MetaLog::open(store, Uuid::nil(), Uuid::from_u128(2), None).await.unwrap();
        assert!(!meta.has_term(other.term()), "somebody else's");
        assert_eq!(*other.state(), *meta.state());
    }
}
