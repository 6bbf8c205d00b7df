//! Acts on metadata that was committed, whoever asked for it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use common_types::TenantId;
use storage::meta::{CellState, EpochState, MetaConflict, MetaError, MetaOp, Move, TopicRow, Txn};
use storage::planted::{Planted, on};
use uuid::Uuid;

use super::{Cell, Topic};
use crate::meta::{Changes, Revision};
use crate::partition::{Pg, Role};

/// Pause before the writer of the metadata is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// What is gone, for those who remember something of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellEvent {
    /// A topic is gone.
    TopicDeleted(TenantId, Uuid),
    /// A tenant is gone.
    TenantRemoved(TenantId),
}

/// Follows the metadata until the cell is gone or its log has ended.
pub(super) async fn run(cell: Weak<Cell>) {
    loop {
        let Some(strong) = cell.upgrade() else { return };
        if strong.wal.has_ended() {
            return;
        }
        let (meta, after) = (Arc::clone(&strong.meta), strong.view.revision());
        drop(strong);
        let changes = meta.changes(after).await;
        let Some(cell) = cell.upgrade() else { return };
        match changes {
            Ok(changes) => {
                if let Err(error) = cell.followed(changes) {
                    tracing::error!(%error, "metadata does not follow from what this process knows");
                    return cell.replaced();
                }
            }
            Err(error) => {
                tracing::debug!(%error, "nobody tells what happens to the metadata");
                drop(cell);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

impl Cell {
    /// Commits on behalf of this incarnation, and returns once this process acts on it.
    ///
    /// # Errors
    /// When it does not apply, or the store fails, or this incarnation ends.
    pub(super) async fn commit(&self, ops: Vec<MetaOp>) -> Result<(), MetaError> {
        let revision = self.commit_only(ops).await?;
        tokio::select! {
            biased;
            () = self.view.reached(revision) => Ok(()),
            _ = self.ended() => Err(MetaError::Fenced),
        }
    }

    pub(super) async fn commit_only(&self, ops: Vec<MetaOp>) -> Result<Revision, MetaError> {
        let acting = self.identity.epoch.0;
        let outcome = self.meta.commit(Txn { acting, ops }).await;
        if matches!(outcome, Err(MetaError::Conflict(MetaConflict::Fenced(e))) if e == acting) {
            self.replaced();
        }
        outcome
    }

    pub(super) fn followed(self: &Arc<Self>, changes: Changes) -> Result<(), MetaConflict> {
        self.view.follow(changes, |state, txn| {
            match txn {
                Some(txn) => txn.ops.iter().for_each(|op| self.apply_to_catalog(op, state)),
                None => self.renew_catalog(state),
            }
            self.see_leadership(state);
        })
    }

    fn apply_to_catalog(&self, op: &MetaOp, state: &CellState) {
        match op {
            MetaOp::PutTenant { tenant } => self.catalog.write().put_tenant(*tenant),
            MetaOp::RemoveTenant { tenant } => self.drop_tenant(*tenant),
            MetaOp::CreateTopic(row) => self.put_topic(row),
            MetaOp::AddPartitions { id, .. } | MetaOp::SetConfigs { id, .. } => {
                // A later operation of the same transaction may have removed it.
                state.topics().get(id).into_iter().for_each(|row| self.put_topic(row));
            }
            MetaOp::DeleteTopic { id } => self.drop_topic(*id),
            _ => {}
        }
    }

    fn renew_catalog(&self, state: &CellState) {
        let (tenants, topics) = {
            let catalog = self.catalog.read();
            (catalog.tenants(), catalog.all())
        };
        tenants.difference(state.tenants()).for_each(|tenant| self.drop_tenant(*tenant));
        let gone = topics.iter().filter(|t| !state.topics().contains_key(&t.id));
        gone.for_each(|topic| self.drop_topic(topic.id));
        state.tenants().iter().for_each(|tenant| self.catalog.write().put_tenant(*tenant));
        state.topics().values().for_each(|row| self.put_topic(row));
    }

    /// Makes a topic what its row says; its partitions live on.
    fn put_topic(&self, row: &TopicRow) {
        let there = self.catalog.read().any_with_id(row.id).cloned();
        let topic = match there {
            Some(topic) => topic.changed(row, &self.pgs),
            None => Topic::from_row(row, &self.pgs),
        };
        match topic {
            Ok(topic) => {
                self.members.add(&topic.partitions);
                self.catalog.write().put(Arc::new(topic));
            }
            // Only a newer version of Weir can have committed it.
            Err(error) => tracing::error!(%error, topic = row.name, "a topic cannot be served"),
        }
    }

    fn drop_topic(&self, id: Uuid) {
        let Some(topic) = self.catalog.write().remove(id) else { return };
        topic.partitions.iter().for_each(|p| p.close());
        self.members.remove(&topic.partitions);
        self.tell(CellEvent::TopicDeleted(topic.tenant, id));
    }

    fn drop_tenant(&self, tenant: TenantId) {
        let topics = self.catalog.write().remove_tenant(tenant);
        self.usage.forget(tenant);
        for topic in &topics {
            topic.partitions.iter().for_each(|p| p.close());
            self.members.remove(&topic.partitions);
        }
        self.wal.keys.forget(tenant);
        self.tell(CellEvent::TenantRemoved(tenant));
    }

    fn tell(&self, event: CellEvent) {
        // Nobody listens after the end. Who misses one keeps offsets that no client can name any more.
        if self.events.try_send(event).is_err() {
            tracing::warn!(?event, "what groups remember of it is not forgotten");
        }
    }

    /// Compares what metadata says of each placement group with what this process does.
    pub(super) fn see_leadership(self: &Arc<Self>, state: &CellState) {
        let me = self.identity.epoch.0;
        if state.epochs().get(&me) != Some(&EpochState::Active) {
            return self.replaced();
        }
        let leaving =
            self.pgs.iter().filter_map(|pg| Some((Arc::clone(pg), self.see_group(pg, state)?)));
        self.release(leaving.collect());
        let current = |pg: &u32, attempt: &u64| {
            state.pgs().get(pg).is_some_and(|row| row.attempt <= *attempt)
        };
        self.handed.lock().retain(|(pg, attempt), _| current(pg, attempt));
    }

    /// Returns where the group is to go, if it is to go now.
    fn see_group(self: &Arc<Self>, pg: &Arc<Pg>, state: &CellState) -> Option<Move> {
        let row = state.pgs().get(&pg.id.0);
        let Some(row) = row.filter(|row| row.leader == self.identity.epoch.0) else {
            self.leave(pg);
            return None;
        };
        let attempt = row.moving.map(|m| m.attempt);
        match (pg.role(), row.moving) {
            (Role::Away, _) => self.gain(pg),
            (Role::Gaining, _) => {}
            (Role::Leading, None) => pg.set_epoch(row.pg_epoch),
            (Role::Leading, Some(to)) => return Some(to),
            (Role::Stopped(stopped), _) if attempt != Some(stopped) => {
                pg.set_epoch(row.pg_epoch);
                pg.resume(stopped, self.clock.mono());
                self.leadership.notify_one();
                return row.moving;
            }
            (Role::Stopped(_), _) => {}
        }
        None
    }

    fn leave(&self, pg: &Pg) {
        if pg.role() == Role::Away || on(Planted::NeverLeaves) {
            return;
        }
        pg.leave();
        self.partitions_of(pg.id).values().for_each(|p| p.reset());
        tracing::info!(pg = pg.id.0, "another broker leads a placement group");
        self.leadership.notify_one();
    }
}
