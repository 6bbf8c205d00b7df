//! Gives placement groups away: write the manifest, stop, make durable, send, commit.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, join, join_all};
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

/// A group that is to go, and where to.
pub(super) type Leaving = (Arc<Pg>, Move);

impl Cell {
    /// Keeps what another broker sent for a group that this one will lead. It is used for that attempt
    /// only, if it is committed.
    pub fn receive(&self, pg: u32, attempt: u64, state: Bytes) {
        self.handed.lock().insert((pg, attempt), state);
    }

    /// Gives groups away in the background, those of one plan together: they stand still for one slot, one
    /// answer of each target and one commit.
    pub(super) fn release(self: &Arc<Self>, mut leaving: Vec<Leaving>) {
        leaving.retain(|(pg, to)| pg.prepare(to.attempt));
        if leaving.is_empty() {
            return;
        }
        let cell = Arc::clone(self);
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = cell.hand_over(leaving) => {}
                _ = cell.ended() => {}
            }
        });
    }

    async fn hand_over(&self, leaving: Vec<Leaving>) {
        // What takes long comes first, while appends go on.
        join_all(leaving.iter().map(|(pg, _)| self.bring_manifest_up_to_date(pg))).await;
        let stopped: Vec<Leaving> =
            leaving.into_iter().filter(|(pg, to)| self.stop(pg, *to)).collect();
        for (pg, _) in &stopped {
            self.partitions_of(pg.id).values().for_each(|p| p.settle());
        }
        self.wal.hurry();
        let durable = self.wal.durable(self.wal.last_ticket()).await;
        let hands = stopped.iter().map(|(pg, to)| async {
            if durable { self.hand(pg, *to).await } else { Err("the log has ended".to_owned()) }
        });
        let (mut there, mut failed) = (Vec::new(), Vec::new());
        for ((pg, to), outcome) in stopped.iter().zip(join_all(hands).await) {
            match outcome {
                Ok(()) => there.push((pg, *to)),
                Err(reason) => {
                    tracing::warn!(pg = pg.id.0, reason, "a placement group was not given away");
                    failed.push((pg, *to));
                }
            }
        }
        let cancelled = join_all(failed.into_iter().map(|(pg, to)| self.cancel(pg, to)));
        join(self.complete(&there), cancelled).await;
    }

    /// Claims and writes the manifest, so that nothing of it is left to do when the group stands still.
    async fn bring_manifest_up_to_date(&self, pg: &Pg) {
        let mut stored = self.checkpoint.stored(pg).lock().await;
        let written = async {
            self.claim(pg, &mut stored).await.map_err(|e| e.to_string())?;
            self.write_manifest(pg, &mut stored).await.map_err(|e| e.to_string())
        };
        if let Err(reason) = written.await {
            tracing::warn!(
                pg = pg.id.0,
                reason,
                "the manifest of a group that goes is not written"
            );
        }
    }

    /// Appends end, if the group is still to go.
    fn stop(&self, pg: &Pg, to: Move) -> bool {
        if !pg.stop(to.attempt) {
            return false;
        }
        // Read behind the stop: who follows a later cancellation meets a group that stands still.
        let state = self.view.state();
        let planned = state.pgs().get(&pg.id.0).is_some_and(|row| row.moving == Some(to));
        if !planned {
            pg.resume(to.attempt, self.clock.mono());
            self.leadership.notify_one();
        }
        planned
    }

    /// Sends the state of a group that stands still.
    async fn hand(&self, pg: &Pg, to: Move) -> Result<(), String> {
        let peers = self.peers.as_ref().ok_or("this broker knows no others")?;
        let state = {
            let mut stored = self.checkpoint.stored(pg).lock().await;
            if stored.is_none() {
                return Err("its manifest is not claimed".to_owned());
            }
            let text = |e: StoreError| e.to_string();
            self.write_manifest(pg, &mut stored).await.map_err(text)?;
            handed::state_of(&self.partitions_of(pg.id), self.clock.mono())
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
        Ok(())
    }

    /// Commits that groups are led elsewhere, all at once; where they do not all apply, or nobody knows,
    /// each for itself.
    async fn complete(&self, there: &[(&Arc<Pg>, Move)]) {
        let ops: Vec<MetaOp> = there.iter().map(|(pg, to)| self.completion(pg, *to)).collect();
        if ops.is_empty() {
            return;
        }
        if on(Planted::ResumedInDoubt) {
            let now = self.clock.mono();
            there.iter().for_each(|(pg, to)| pg.resume(to.attempt, now));
        }
        if self.commit_only(ops.clone()).await.is_ok() {
            return;
        }
        let each = there.iter().zip(ops).map(|((pg, to), op)| self.settle_move(pg, *to, op));
        join_all(each).await;
    }

    fn completion(&self, pg: &Pg, to: Move) -> MetaOp {
        let bound = self.wal.place().next;
        let from = self.lowest_open(pg).unwrap_or(bound).min(bound);
        MetaOp::CompleteMove { pg: pg.id.0, attempt: to.attempt, from, bound }
    }

    /// Nothing of an attempt was committed, and once this is, nothing can be: then the group goes on as
    /// before.
    async fn cancel(&self, pg: &Pg, to: Move) {
        let op = MetaOp::CancelMove { pg: pg.id.0, attempt: to.attempt };
        self.settle_move(pg, to, op).await;
    }

    /// Commits the end of an attempt, one way or the other.
    async fn settle_move(&self, pg: &Pg, to: Move, op: MetaOp) {
        while pg.role() == Role::Stopped(to.attempt) {
            match self.commit_only(vec![op.clone()]).await {
                // It was committed before, or can never be: what is followed tells.
                Ok(_) | Err(MetaError::Conflict(_) | MetaError::Fenced) => return,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
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
