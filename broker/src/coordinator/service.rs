use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use common_types::TenantId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::log;
use super::slot::{Slot, SlotState};
use crate::cell::{Cell, OpenError};
use crate::group::{
    Effects, GroupCoordinator, GroupSettings, Now, Response, Token, coordinator_slot,
};
use crate::partition::Partition;

/// How often timers are looked at: the precision of session time-outs.
const TICK: Duration = Duration::from_millis(50);
/// Logs read at a time.
const LOADS_MAX: usize = 16;
/// How often logs of slots are looked at.
const COMPACT_EVERY: u32 = 200;

/// All coordinator slots of the cell.
#[derive(Debug)]
pub struct Groups {
    cell: Arc<Cell>,
    slots: Vec<Arc<Slot>>,
    tokens: AtomicU64,
}

impl Groups {
    /// Loads every slot from its log and starts the timers.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub async fn load(cell: Arc<Cell>) -> Result<Arc<Self>, OpenError> {
        let damaged =
            |reason: String| OpenError::Damaged { key: "__consumer_offsets".into(), reason };
        let slots = load_all(&cell).await.map_err(damaged)?;
        let groups = Arc::new(Self { cell, slots, tokens: AtomicU64::new(1) });
        tokio::spawn(run_timers(Arc::downgrade(&groups)));
        Ok(groups)
    }

    fn slot(&self, tenant: TenantId, group: &str) -> &Arc<Slot> {
        &self.slots[coordinator_slot(&tenant, group) as usize]
    }

    /// Asks the slot of a group; the answer may take until other members come or records are durable.
    /// None: the log ended before.
    pub(crate) async fn ask(
        &self,
        tenant: TenantId,
        group: &str,
        question: impl FnOnce(&mut GroupCoordinator, Now, Token) -> Effects,
    ) -> Option<Response> {
        let slot = self.slot(tenant, group);
        let answer = self.put(slot, question);
        answer.await.ok()
    }

    fn put(
        &self,
        slot: &Arc<Slot>,
        question: impl FnOnce(&mut GroupCoordinator, Now, Token) -> Effects,
    ) -> oneshot::Receiver<Response> {
        let token = self.tokens.fetch_add(1, Ordering::Relaxed);
        let mut state = slot.state.lock();
        let answer = state.expect(token);
        let now = Now::of(&*self.cell.clock);
        let effects = question(&mut state.coordinator, now, token);
        let ticket = state.apply(&self.cell, &slot.partition, effects);
        drop(state);
        self.settle_later(slot, ticket);
        answer
    }

    /// Looks into the slot of a group.
    pub(crate) fn look<T>(
        &self,
        tenant: TenantId,
        group: &str,
        look: impl FnOnce(&GroupCoordinator) -> T,
    ) -> T {
        look(&self.slot(tenant, group).state.lock().coordinator)
    }

    /// Looks into every slot.
    pub(crate) fn look_all<T>(&self, mut look: impl FnMut(&GroupCoordinator) -> T) -> Vec<T> {
        self.slots.iter().map(|s| look(&s.state.lock().coordinator)).collect()
    }

    /// Forgets the offsets of a deleted topic.
    pub(crate) fn forget_topic(&self, tenant: TenantId, topic: Uuid) {
        self.tell_all(|c, now| c.forget_topic(now, tenant, topic));
    }

    /// Forgets the groups of a removed tenant.
    pub fn forget_tenant(&self, tenant: TenantId) {
        self.tell_all(|c, now| c.forget_tenant(now, tenant));
    }

    /// Answers every open question: the incarnation ends.
    pub fn resign(&self) {
        self.tell_all(GroupCoordinator::resign);
    }

    fn tell_all(&self, mut tell: impl FnMut(&mut GroupCoordinator, Now) -> Effects) {
        for slot in &self.slots {
            let mut state = slot.state.lock();
            let effects = tell(&mut state.coordinator, Now::of(&*self.cell.clock));
            let ticket = state.apply(&self.cell, &slot.partition, effects);
            drop(state);
            self.settle_later(slot, ticket);
        }
    }

    /// Comes back to a slot when its records are durable.
    fn settle_later(&self, slot: &Arc<Slot>, ticket: Option<u64>) {
        let Some(mut ticket) = ticket else { return };
        let (cell, slot) = (Arc::clone(&self.cell), Arc::clone(slot));
        tokio::spawn(async move {
            while cell.wal.durable(ticket).await {
                let next = slot.state.lock().settle(&cell, &slot.partition);
                match next {
                    Some(next) => ticket = next,
                    None => return,
                }
            }
        });
    }

    fn tick(&self) {
        let now = Now::of(&*self.cell.clock);
        for slot in &self.slots {
            let mut state = slot.state.lock();
            if state.coordinator.next_deadline().is_some_and(|d| d <= now.mono) {
                let effects = state.coordinator.tick(now);
                let ticket = state.apply(&self.cell, &slot.partition, effects);
                drop(state);
                self.settle_later(slot, ticket);
            }
        }
    }

    fn compact(&self) {
        for slot in &self.slots {
            slot.state.lock().compact(&self.cell, &slot.partition);
        }
    }
}

async fn run_timers(groups: Weak<Groups>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ticks = 0_u32;
    loop {
        interval.tick().await;
        let Some(groups) = groups.upgrade() else { return };
        if groups.cell.wal.has_ended() {
            return;
        }
        groups.tick();
        ticks = ticks.wrapping_add(1);
        if ticks.is_multiple_of(COMPACT_EVERY) {
            groups.compact();
        }
    }
}

async fn load_all(cell: &Arc<Cell>) -> Result<Vec<Arc<Slot>>, String> {
    let settings = GroupSettings {
        initial_rebalance_delay: cell.settings().initial_rebalance_delay,
        ..GroupSettings::default()
    };
    let loads = cell.group_slots().iter().map(|partition| load(cell, partition, &settings));
    stream::iter(loads).buffered(LOADS_MAX).try_collect().await
}

async fn load(
    cell: &Cell,
    partition: &Arc<Partition>,
    settings: &GroupSettings,
) -> Result<Arc<Slot>, String> {
    let records = log::read(cell, partition).await.map_err(|e| e.to_string())?;
    let (now, rng) = (Now::of(&*cell.clock), Arc::clone(&cell.rng));
    let coordinator = GroupCoordinator::load(settings.clone(), rng, now, records);
    let coordinator = coordinator.map_err(|e| e.to_string())?;
    let state = Mutex::new(SlotState::new(coordinator, partition.size()));
    Ok(Arc::new(Slot { partition: Arc::clone(partition), state }))
}
