//! Begins to lead a placement group: claim, recover, serve. One that was handed over is served first and
//! claimed then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use storage::ids::PartitionId;
use storage::planted::{Planted, on};
use storage::wal::ScannedFile;

use super::checkpoint::Stored;
use super::open::OpenError;
use super::recovery::Replay;
use super::{Cell, handed, manifests, takeover};
use crate::partition::{Partition, Pg, Role};

/// Pause before a recovery that failed is tried again.
const PAUSE: Duration = Duration::from_secs(5);

impl Cell {
    /// Recovers a group in the background.
    pub(super) fn gain(self: &Arc<Self>, pg: &Arc<Pg>) {
        let tenure = pg.begin();
        let (cell, pg) = (Arc::clone(self), Arc::clone(pg));
        cell.gaining.send_modify(|gaining| gaining.running += 1);
        tokio::spawn(async move {
            let failed = cell.keep_gaining(&pg, tenure).await.err();
            cell.move_on(&pg);
            cell.keep_claiming(&pg, tenure).await;
            cell.gaining.send_modify(|gaining| {
                gaining.running -= 1;
                gaining.failed = failed.or(gaining.failed.take());
            });
            if cell.gaining.borrow().running == 0 {
                cell.scans.tidy_up(&cell.view.state());
            }
        });
    }

    /// Until it is served, or somebody else's. What is damaged is told once and tried again: a person
    /// may repair it.
    async fn keep_gaining(self: &Arc<Self>, pg: &Arc<Pg>, tenure: u64) -> Result<(), OpenError> {
        loop {
            let outcome = tokio::select! {
                biased;
                outcome = self.gain_once(pg, tenure) => outcome,
                _ = self.ended() => return Ok(()),
            };
            match outcome {
                Ok(()) => return Ok(()),
                Err(error) if self.alone => return Err(error),
                Err(error) => {
                    tracing::error!(%error, pg = pg.id.0, "a placement group cannot be recovered");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            if pg.role() != Role::Gaining {
                return Ok(());
            }
        }
    }

    async fn gain_once(&self, pg: &Pg, tenure: u64) -> Result<(), OpenError> {
        // Held to the end: one recovery of a group at a time.
        let mut stored = self.checkpoint.stored(pg).lock().await;
        let state = self.view.state();
        let me = self.identity.epoch;
        let row = state.pgs().get(&pg.id.0).filter(|row| row.leader == me.0);
        let Some(row) = row.filter(|_| pg.role() == Role::Gaining) else { return Ok(()) };
        let partitions: HashMap<PartitionId, Arc<Partition>> =
            self.partitions_of(pg.id).into_iter().collect();
        let sent = self.handed.lock().remove(&(pg.id.0, row.attempt));
        if let Some(sent) = &sent {
            partitions.values().for_each(|p| p.reset());
            handed::load(sent, &partitions, self.clock.mono())?;
            // Claimed once it is served: the claim guards what is given up, not what is taken and read.
            *stored = None;
        } else {
            let claimed = takeover::claim(&*self.store, row.pg_epoch, me, pg.id).await?;
            partitions.values().for_each(|p| p.reset());
            manifests::load_one(&claimed, &partitions, &*self.clock)?;
            let logs = if on(Planted::OneLogRead) { 1 } else { usize::MAX };
            let logs = state
                .pins_of(pg.id.0)
                .take(logs)
                .map(|pinned| self.scans.read(&*self.store, self.marker.cell, &state, pinned));
            let files: Vec<Arc<ScannedFile>> = try_join_all(logs).await?.concat();
            let replay = Replay { partitions: &partitions, now: self.clock.mono() };
            replay.logs(&files)?;
            *stored = Some(claimed);
            self.tidy_up_soon(pg);
        }
        if pg.serve(tenure, row.pg_epoch, self.clock.mono()) {
            self.wal.expect_backlog();
            let (pg, handed) = (pg.id.0, sent.is_some());
            tracing::info!(pg, leader_epoch = row.pg_epoch, handed, "leads a placement group");
            self.leadership.notify_one();
        }
        Ok(())
    }

    /// Claims the manifest of a group that is served without.
    async fn keep_claiming(&self, pg: &Pg, tenure: u64) {
        if on(Planted::HandedUnclaimed) {
            return;
        }
        let claims = async {
            while pg.tenure() == Some(tenure) {
                let mut stored = self.checkpoint.stored(pg).lock().await;
                match self.claim(pg, &mut stored).await {
                    Ok(()) => return,
                    Err(error) => {
                        tracing::error!(%error, pg = pg.id.0, "a manifest cannot be claimed")
                    }
                }
                drop(stored);
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::select! {
            biased;
            () = claims => {}
            _ = self.ended() => {}
        }
    }

    /// Claims the manifest of a group that this process leads, unless it is claimed.
    pub(super) async fn claim(
        &self,
        pg: &Pg,
        stored: &mut Option<Stored>,
    ) -> Result<(), OpenError> {
        if stored.is_some() || pg.tenure().is_none() {
            return Ok(());
        }
        let me = self.identity.epoch;
        *stored = Some(takeover::claim(&*self.store, pg.epoch(), me, pg.id).await?);
        self.tidy_up_soon(pg);
        Ok(())
    }

    /// Another incarnation keeps slots for the group until its records are in segments.
    fn tidy_up_soon(&self, pg: &Pg) {
        if self.view.state().pins_of(pg.id.0).next().is_some() {
            self.checkpoint.soon.notify_one();
        }
    }

    /// A move that was planned while the group was recovered begins now.
    fn move_on(self: &Arc<Self>, pg: &Arc<Pg>) {
        let state = self.view.state();
        let row = state.pgs().get(&pg.id.0).filter(|row| row.leader == self.identity.epoch.0);
        if let Some(to) = row.and_then(|row| row.moving) {
            self.release(vec![(Arc::clone(pg), to)]);
        }
    }

    /// Waits until no recovery runs.
    ///
    /// # Errors
    /// What made one fail.
    pub(super) async fn gained(&self) -> Result<(), OpenError> {
        let mut gaining = self.gaining.subscribe();
        let done = gaining.wait_for(|g| g.running == 0 || g.failed.is_some()).await;
        // The sender lives in this cell.
        match done.ok().and_then(|g| g.failed.clone()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// Recoveries of this process.
#[derive(Debug, Default)]
pub(super) struct Gaining {
    running: usize,
    failed: Option<OpenError>,
}
