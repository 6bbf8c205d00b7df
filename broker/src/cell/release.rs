//! Gives a placement group away: stop, make durable, send, commit.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use storage::meta::{MetaError, MetaOp, Move};
use storage::planted::{Planted, on};
use storage::store::StoreError;

use super::{Cell, handed};
use crate::partition::{Pg, Role};

/// How often a target that does not take a group is asked, and the pause in between.
const TRIES_MAX: u32 = 20;
const TRY_PAUSE: Duration = Duration::from_millis(50);
/// Pause before a commit of unknown outcome is asked for again.
const PAUSE: Duration = Duration::from_millis(500);

/// The other brokers of the cell.
pub trait Peers: Send + Sync + std::fmt::Debug {
    /// Gives the state of a placement group to the incarnation that will lead it under `attempt`.
    ///
    /// # Errors
    /// A text, when it did not arrive or nobody knows.
    fn hand(
        &self,
        to: u64,
        pg: u32,
        attempt: u64,
        state: Bytes,
    ) -> BoxFuture<'_, Result<(), String>>;
}

impl Cell {
    /// Keeps what another broker sent for a group that this one will lead. It is used for that attempt
    /// only, if it is committed.
    pub fn receive(&self, pg: u32, attempt: u64, state: Bytes) {
        self.handed.lock().insert((pg, attempt), state);
    }

    /// Gives a group away in the background. Until the outcome is followed nothing is appended.
    pub(super) fn release(self: &Arc<Self>, pg: &Arc<Pg>, to: Move) {
        if !pg.stop(to.attempt) {
            return;
        }
        let (cell, pg) = (Arc::clone(self), Arc::clone(pg));
        tokio::spawn(async move {
            let released = cell.try_release(&pg, to);
            let outcome = tokio::select! {
                biased;
                outcome = released => outcome,
                _ = cell.ended() => return,
            };
            let Err(reason) = outcome else { return };
            tracing::warn!(pg = pg.id.0, reason, "a placement group was not given away");
            // Nothing was committed, and once this is, nothing can be: then it goes on as before.
            let cancel = MetaOp::CancelMove { pg: pg.id.0, attempt: to.attempt };
            while pg.role() == Role::Stopped(to.attempt) {
                match cell.commit_only(vec![cancel.clone()]).await {
                    Ok(_) | Err(MetaError::Conflict(_) | MetaError::Fenced) => return,
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        });
    }

    async fn try_release(&self, pg: &Pg, to: Move) -> Result<(), String> {
        let peers = self.peers.as_ref().ok_or("this broker knows no others")?;
        let partitions = self.partitions_of(pg.id);
        partitions.values().for_each(|p| p.settle());
        self.wal.hurry();
        if !self.wal.durable(self.wal.last_ticket()).await {
            return Err("the log has ended".to_owned());
        }
        let state = {
            let mut stored = self.checkpoint.stored(pg).lock().await;
            let text = |e: StoreError| e.to_string();
            self.write_manifest(pg, &mut stored).await.map_err(text)?;
            handed::state_of(&partitions, self.clock.mono())
        };
        let mut tries = 1;
        while let Err(reason) = peers.hand(to.to, pg.id.0, to.attempt, state.clone()).await {
            // It may have registered a moment ago, and not listen yet.
            if tries == TRIES_MAX || pg.role() != Role::Stopped(to.attempt) {
                return Err(reason);
            }
            tries += 1;
            tokio::time::sleep(TRY_PAUSE).await;
        }
        let bound = self.wal.place().next;
        let from = self.lowest_open(pg).unwrap_or(bound).min(bound);
        let complete = MetaOp::CompleteMove { pg: pg.id.0, attempt: to.attempt, from, bound };
        while pg.role() == Role::Stopped(to.attempt) {
            if on(Planted::ResumedInDoubt) {
                pg.resume(to.attempt);
            }
            match self.commit_only(vec![complete.clone()]).await {
                Ok(_) => return Ok(()),
                // It was committed before, or can never be: what is followed tells.
                Err(MetaError::Conflict(_) | MetaError::Fenced) => return Ok(()),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        Ok(())
    }

    /// The lowest slot of this incarnation that a group has records in and no segment has.
    pub(super) fn lowest_open(&self, pg: &Pg) -> Option<u64> {
        self.lowest_open_of(pg, self.identity.epoch.0)
    }

    /// The same for the log of any incarnation.
    pub(super) fn lowest_open_of(&self, pg: &Pg, epoch: u64) -> Option<u64> {
        let partitions = self.partitions_of(pg.id);
        let lowest = partitions.values().filter_map(|p| p.state.lock().lowest_open(epoch));
        lowest.min()
    }
}
