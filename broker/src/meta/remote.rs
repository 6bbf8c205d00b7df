//! The metadata of another process behind the port.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use storage::meta::{CellState, MetaError, SnapshotError, Txn};
use storage::store::StoreError;

use super::store::{Changes, MetaStore, Revision};
use crate::rpc::{Answer, CallError, Client, Failure, Request, Response};

/// A controller that does not commit for so long is taken for gone; what was asked stays unknown.
const COMMIT_PATIENCE: Duration = Duration::from_secs(30);
/// A controller answers at least every second, even when there is nothing to tell.
const CHANGES_PATIENCE: Duration = Duration::from_secs(8);

/// The metadata as the controller at the other end of a connection has it.
///
/// When the connection ends after something was asked, a commit has an unknown outcome: what is followed
/// in the next term tells.
#[derive(Debug, Clone)]
pub struct RemoteMeta {
    controller: Arc<Client>,
}

impl RemoteMeta {
    /// Asks the controller through this connection.
    #[must_use]
    pub fn new(controller: Arc<Client>) -> Self {
        Self { controller }
    }

    async fn ask(
        &self,
        what: &'static str,
        request: Request,
        patience: Duration,
    ) -> Result<Answer, MetaError> {
        let answer = self.controller.call(&request, Bytes::new(), patience).await;
        answer.map_err(|e| match e {
            CallError::Failed(Failure::Conflict(conflict)) => MetaError::Conflict(conflict),
            CallError::Failed(Failure::NotController { .. }) | CallError::NotSent(_) => {
                MetaError::Fenced
            }
            other => unknown(what, &other.to_string()),
        })
    }
}

fn unknown(what: &'static str, reason: &str) -> MetaError {
    let (key, reason) = ("the controller".to_owned(), reason.to_owned());
    MetaError::Store(StoreError::Unknown { what, key, reason })
}

impl MetaStore for RemoteMeta {
    fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Revision, MetaError>> {
        Box::pin(async move {
            let what = "commit";
            match self.ask(what, Request::Commit(txn), COMMIT_PATIENCE).await?.head {
                Response::Committed { revision } => Ok(revision),
                other => Err(unknown(what, &format!("it answers {other:?}"))),
            }
        })
    }

    fn changes(&self, after: Revision) -> BoxFuture<'_, Result<Changes, MetaError>> {
        Box::pin(async move {
            let what = "follow";
            let answer = self.ask(what, Request::Changes { after }, CHANGES_PATIENCE).await?;
            match answer.head {
                Response::Txns(txns) => Ok(Changes::Txns(txns)),
                Response::Snapshot { revision } => {
                    let state = CellState::from_json(&answer.body).map_err(|e| match e {
                        SnapshotError::Json(e) => unknown(what, &e.to_string()),
                        // Asking again changes nothing.
                        SnapshotError::Level(e) => MetaError::Level(e),
                    })?;
                    Ok(Changes::Snapshot { revision, state: Box::new(state) })
                }
                other => Err(unknown(what, &format!("it answers {other:?}"))),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;
    use common_types::TenantId;
    use futures_util::FutureExt as _;
    use storage::meta::{MetaConflict, MetaLog, MetaOp};
    use storage_testkit::SimStore;
    use tokio_util::sync::CancellationToken;
    use uuid::Uuid;

    use super::*;
    use crate::meta::{ENTRIES_MAX, LocalMeta, Rolls, View, answer_changes, answer_commit};
    use crate::rpc::{CellSecret, Membership, RpcServer, Service, Session};

    /// Serves the metadata, or nothing at all.
    #[derive(Debug)]
    struct Desk(Option<Arc<LocalMeta>>);

    impl Service for Desk {
        fn open(&self) -> Arc<dyn Session> {
            Arc::new(Self(self.0.clone()))
        }
    }

    impl Session for Desk {
        fn call(self: Arc<Self>, request: Request, _: Bytes) -> BoxFuture<'static, Answer> {
            async move {
                let Some(meta) = &self.0 else {
                    return Failure::NotController { controller: None }.into();
                };
                match request {
                    Request::Commit(txn) => answer_commit(&**meta, txn).await,
                    Request::Changes { after } => answer_changes(&**meta, after).await,
                    other => Failure::Refused(format!("{other:?}")).into(),
                }
            }
            .boxed()
        }
    }

    async fn local() -> Arc<LocalMeta> {
        let store = Arc::new(SimStore::new(Arc::new(SeededRng::new(1))));
        let log = MetaLog::open(store, Uuid::nil(), Uuid::from_u128(1), None).await.unwrap();
        LocalMeta::new(log, Rolls { after: ENTRIES_MAX, rng: Arc::new(SeededRng::new(9)) })
    }

    /// A connection to a desk, and what ends it.
    async fn connect(desk: Desk) -> (RemoteMeta, CancellationToken) {
        let me = Membership { cell: Uuid::nil(), secret: CellSecret([1; 32]) };
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let server = RpcServer::new(me.clone(), Arc::new(desk), Arc::new(SeededRng::new(2)));
        let cancel = CancellationToken::new();
        let ended = cancel.clone();
        tokio::spawn(async move { server.serve(theirs, ended).await });
        let client = Client::hello(ours, &me, &SeededRng::new(3)).await.unwrap();
        (RemoteMeta::new(Arc::new(client)), cancel)
    }

    fn birth(epoch: u64) -> Txn {
        Txn { acting: epoch, ops: vec![MetaOp::ActivateEpoch { epoch }] }
    }

    #[tokio::test]
    async fn metadata_is_the_same_at_both_ends() {
        let meta = local().await;
        let (remote, _cancel) = connect(Desk(Some(Arc::clone(&meta)))).await;
        let first = remote.commit(birth(1)).await.unwrap();
        let view = View::new(Revision::default(), CellState::default());
        view.follow(remote.changes(view.revision()).await.unwrap(), |_, _| {}).unwrap();
        assert_eq!(view.revision(), first);

        let ops = vec![MetaOp::PutTenant { tenant: TenantId::SYSTEM }];
        let second = remote.commit(Txn { acting: 1, ops }).await.unwrap();
        let Changes::Txns(txns) = remote.changes(first).await.unwrap() else {
            panic!("the follower was up to date");
        };
        view.follow(Changes::Txns(txns), |_, _| {}).unwrap();
        assert_eq!((view.revision(), view.state()), (second, meta.state()));
    }

    #[tokio::test]
    async fn conflict_is_definite() {
        let (remote, _cancel) = connect(Desk(Some(local().await))).await;
        let ops = vec![MetaOp::PutTenant { tenant: TenantId::SYSTEM }];
        let refused = remote.commit(Txn { acting: 9, ops }).await;
        assert_eq!(refused, Err(MetaError::Conflict(MetaConflict::Fenced(9))));
    }

    #[tokio::test]
    async fn who_is_not_the_controller_any_more_has_done_nothing() {
        let (remote, cancel) = connect(Desk(None)).await;
        assert_eq!(remote.commit(birth(1)).await, Err(MetaError::Fenced));
        cancel.cancel();
        remote.controller.ended().await;
        assert_eq!(remote.commit(birth(1)).await, Err(MetaError::Fenced));
    }

    #[tokio::test]
    async fn commit_on_a_connection_that_ends_has_an_unknown_outcome() {
        let meta = local().await;
        let (remote, cancel) = connect(Desk(Some(Arc::clone(&meta)))).await;
        let commit = remote.commit(birth(1));
        cancel.cancel();
        match commit.await {
            // The connection ended before anything was asked.
            Err(MetaError::Fenced) => assert!(meta.state().epochs().is_empty()),
            Err(MetaError::Store(e)) => assert!(e.is_unknown(), "{e}"),
            other => panic!("{other:?}"),
        }
    }
}
