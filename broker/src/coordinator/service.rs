use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use common_types::TenantId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use parking_lot::Mutex;
use storage::meta::BrokerRow;
use tokio::sync::{mpsc, oneshot};

use super::log;
use super::slot::{Held, Slot, SlotState};
use crate::cell::{Cell, CellEvent, OpenError};
use crate::group::{
    Effects, GroupCoordinator, GroupError, GroupSettings, Now, Response, Token, coordinator_slot,
};
use crate::partition::{Partition, Role};

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
    /// Loads the slots that this broker leads from their logs, starts the timers, and from then on
    /// follows what it gains and loses.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub async fn load(cell: Arc<Cell>) -> Result<Arc<Self>, OpenError> {
        let damaged =
            |reason: String| OpenError::Damaged { key: "__consumer_offsets".into(), reason };
        let slot = |partition: &Arc<Partition>| {
            let partition = Arc::clone(partition);
            Arc::new(Slot { partition, held: Mutex::new(Held::Away) })
        };
        let slots = cell.group_slots().iter().map(slot).collect();
        let events = cell.events();
        let groups = Arc::new(Self { cell, slots, tokens: AtomicU64::new(1) });
        groups.follow_leadership().await.map_err(damaged)?;
        tokio::spawn(run_timers(Arc::downgrade(&groups)));
        if let Some(events) = events {
            let cell = Arc::clone(&groups.cell);
            tokio::spawn(run_events(cell, Arc::downgrade(&groups), events));
        }
        Ok(groups)
    }

    fn slot(&self, tenant: TenantId, group: &str) -> &Arc<Slot> {
        &self.slots[coordinator_slot(&tenant, group) as usize]
    }

    /// The broker that coordinates a group.
    pub(crate) fn coordinator(&self, tenant: TenantId, group: &str) -> Option<BrokerRow> {
        self.cell.leader_of(self.slot(tenant, group).partition.pg.id)
    }

    /// Asks the slot of a group; the answer may take until other members come or records are durable.
    ///
    /// # Errors
    /// When another broker coordinates it, or the slot is being loaded, or the log ended before.
    pub(crate) async fn ask(
        &self,
        tenant: TenantId,
        group: &str,
        question: impl FnOnce(&mut GroupCoordinator, Now, Token) -> Effects,
    ) -> Result<Response, GroupError> {
        let slot = self.slot(tenant, group);
        let answer = self.put(slot, question)?;
        answer.await.map_err(|_| GroupError::NotCoordinator)
    }

    fn put(
        &self,
        slot: &Arc<Slot>,
        question: impl FnOnce(&mut GroupCoordinator, Now, Token) -> Effects,
    ) -> Result<oneshot::Receiver<Response>, GroupError> {
        let token = self.tokens.fetch_add(1, Ordering::Relaxed);
        let mut held = slot.held.lock();
        let state = at_work(slot, &mut held)?;
        let answer = state.expect(token);
        let now = Now::of(&*self.cell.clock);
        let effects = question(&mut state.coordinator, now, token);
        let ticket = state.apply(&self.cell, &slot.partition, effects);
        drop(held);
        self.settle_later(slot, ticket);
        Ok(answer)
    }

    /// Looks into the slot of a group.
    ///
    /// # Errors
    /// When another broker coordinates it, or the slot is being loaded.
    pub(crate) fn look<T>(
        &self,
        tenant: TenantId,
        group: &str,
        look: impl FnOnce(&GroupCoordinator) -> T,
    ) -> Result<T, GroupError> {
        let slot = self.slot(tenant, group);
        let mut held = slot.held.lock();
        at_work(slot, &mut held).map(|state| look(&state.coordinator))
    }

    /// Looks into every slot that is at work here.
    pub(crate) fn look_all<T>(&self, mut look: impl FnMut(&GroupCoordinator) -> T) -> Vec<T> {
        let look = |s: &Arc<Slot>| s.held.lock().state().map(|state| look(&state.coordinator));
        self.slots.iter().filter_map(look).collect()
    }

    /// Answers every open question: the incarnation ends.
    pub fn resign(&self) {
        self.tell_all(GroupCoordinator::resign);
    }

    fn tell_all(&self, mut tell: impl FnMut(&mut GroupCoordinator, Now) -> Effects) {
        for slot in &self.slots {
            let mut held = slot.held.lock();
            let Some(state) = held.state() else { continue };
            let effects = tell(&mut state.coordinator, Now::of(&*self.cell.clock));
            let ticket = state.apply(&self.cell, &slot.partition, effects);
            drop(held);
            self.settle_later(slot, ticket);
        }
    }

    /// Loads slots whose placement group this broker leads now, and lets go of the others.
    async fn follow_leadership(&self) -> Result<(), String> {
        let loads = self.slots.iter().filter_map(|slot| {
            let tenure = slot.partition.pg.tenure();
            let mut held = slot.held.lock();
            match (tenure, &mut *held) {
                (Some(now), Held::Loading(at) | Held::Loaded(at, _)) if *at == now => None,
                (Some(now), _) => {
                    self.let_go(slot, &mut held);
                    *held = Held::Loading(now);
                    Some(self.load_slot(slot, now))
                }
                // It may go on where it stopped.
                (None, _) if matches!(slot.partition.pg.role(), Role::Stopped(_)) => None,
                (None, _) => {
                    self.let_go(slot, &mut held);
                    None
                }
            }
        });
        let loads: Vec<_> = loads.collect();
        stream::iter(loads).buffer_unordered(LOADS_MAX).try_collect().await
    }

    /// Whoever waits for an answer asks the next coordinator.
    fn let_go(&self, slot: &Slot, held: &mut Held) {
        if let Some(state) = held.state() {
            let effects = state.coordinator.resign(Now::of(&*self.cell.clock));
            state.apply(&self.cell, &slot.partition, effects);
        }
        *held = Held::Away;
    }

    async fn load_slot(&self, slot: &Arc<Slot>, tenure: u64) -> Result<(), String> {
        let settings = GroupSettings {
            initial_rebalance_delay: self.cell.settings().initial_rebalance_delay,
            ..GroupSettings::default()
        };
        let records = match log::read(&self.cell, &slot.partition).await {
            Ok(records) => records,
            // Gone again while it was read.
            Err(_) if slot.partition.pg.tenure() != Some(tenure) => return Ok(()),
            Err(e) => return Err(e.to_string()),
        };
        let (now, rng) = (Now::of(&*self.cell.clock), Arc::clone(&self.cell.rng));
        let coordinator = GroupCoordinator::load(settings, rng, now, records);
        let coordinator = coordinator.map_err(|e| e.to_string())?;
        let state = Box::new(SlotState::new(coordinator, slot.partition.size()));
        let mut held = slot.held.lock();
        if matches!(*held, Held::Loading(at) if at == tenure) {
            *held = Held::Loaded(tenure, state);
        }
        Ok(())
    }

    /// Comes back to a slot when its records are durable.
    fn settle_later(&self, slot: &Arc<Slot>, ticket: Option<u64>) {
        let Some(mut ticket) = ticket else { return };
        let (cell, slot) = (Arc::clone(&self.cell), Arc::clone(slot));
        tokio::spawn(async move {
            while cell.wal.durable(ticket).await {
                let mut held = slot.held.lock();
                let next = held.state().and_then(|state| state.settle(&cell, &slot.partition));
                drop(held);
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
            let mut held = slot.held.lock();
            let Some(state) = held.state() else { continue };
            if state.coordinator.next_deadline().is_some_and(|d| d <= now.mono) {
                let effects = state.coordinator.tick(now);
                let ticket = state.apply(&self.cell, &slot.partition, effects);
                drop(held);
                self.settle_later(slot, ticket);
            }
        }
    }

    fn compact(&self) {
        for slot in &self.slots {
            let mut held = slot.held.lock();
            if let Some(state) = held.state().filter(|_| slot.partition.pg.leads()) {
                state.compact(&self.cell, &slot.partition);
            }
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

/// The slot, if it is at work here.
fn at_work<'a>(slot: &Slot, held: &'a mut Held) -> Result<&'a mut SlotState, GroupError> {
    match held {
        Held::Loaded(_, state) if slot.partition.pg.leads() => Ok(state),
        Held::Loading(_) => Err(GroupError::CoordinatorLoadInProgress),
        Held::Loaded(..) | Held::Away => Err(GroupError::NotCoordinator),
    }
}

async fn run_events(cell: Arc<Cell>, groups: Weak<Groups>, mut events: mpsc::Receiver<CellEvent>) {
    loop {
        let event = tokio::select! {
            biased;
            () = cell.leadership.notified() => None,
            event = events.recv() => match event {
                Some(event) => Some(event),
                None => return,
            },
            _ = cell.ended() => return,
        };
        let Some(groups) = groups.upgrade() else { return };
        match event {
            None => {
                if let Err(error) = groups.follow_leadership().await {
                    // The slot stays as being loaded: its groups wait, other slots work.
                    tracing::error!(error, "the log of a coordinator slot cannot be read");
                }
            }
            Some(CellEvent::TopicDeleted(tenant, topic)) => {
                groups.tell_all(|c, now| c.forget_topic(now, tenant, topic));
            }
            Some(CellEvent::TenantRemoved(tenant)) => {
                groups.tell_all(|c, now| c.forget_tenant(now, tenant));
            }
        }
    }
}
