//! The port to the metadata, served to other processes.

use bytes::Bytes;
use storage::meta::{MetaError, Txn};

use super::store::{Changes, MetaStore, Revision};
use crate::rpc::{Answer, Failure, Response};

/// Commits for a peer.
pub async fn answer_commit(meta: &dyn MetaStore, txn: Txn) -> Answer {
    match meta.commit(txn).await {
        Ok(revision) => Response::Committed { revision }.into(),
        Err(e) => failure(e).into(),
    }
}

/// Tells a peer what was committed.
pub async fn answer_changes(meta: &dyn MetaStore, after: Revision) -> Answer {
    match meta.changes(after).await {
        Ok(Changes::Txns(txns)) => Response::Txns(txns).into(),
        Ok(Changes::Snapshot { revision, state }) => match state.to_json() {
            Ok(json) => Answer { head: Response::Snapshot { revision }, body: Bytes::from(json) },
            Err(e) => Failure::Unknown(e.to_string()).into(),
        },
        Err(e) => failure(e).into(),
    }
}

fn failure(error: MetaError) -> Failure {
    match error {
        MetaError::Conflict(conflict) => Failure::Conflict(conflict),
        // Its term is over, and the next controller is not known yet.
        MetaError::Fenced => Failure::NotController { controller: None },
        e @ (MetaError::Store(_) | MetaError::Level(_) | MetaError::Corrupt { .. }) => {
            Failure::Unknown(e.to_string())
        }
    }
}
