//! Who may write, who leads which placement group, and which logs are still needed.

use std::collections::BTreeMap;
use std::ops::Range;

use super::ops::BrokerRow;
use super::state::{CellState, EpochState, MetaConflict, Move, PgRow};
use crate::planted::{Planted, on};

/// A placement group needs slots of an incarnation that it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin {
    /// The group.
    pub pg: u32,
    /// First slot that is needed.
    pub from: u64,
    /// The group has nothing at or above it; none: up to the end of that log.
    pub bound: Option<u64>,
}

impl CellState {
    pub(super) fn fence(&mut self, epoch: u64) -> Result<(), MetaConflict> {
        match self.epochs.get_mut(&epoch) {
            Some(state @ (EpochState::Active | EpochState::Fenced)) => *state = EpochState::Fenced,
            Some(EpochState::Sealed { .. }) | None => return Err(MetaConflict::Fenced(epoch)),
        }
        // Neither a move from it nor one to it can be completed any more.
        for row in self.pgs.values_mut() {
            if row.leader == epoch || row.moving.is_some_and(|m| m.to == epoch) {
                row.moving = None;
            }
        }
        Ok(())
    }

    pub(super) fn seal(&mut self, epoch: u64, end: u64) -> Result<(), MetaConflict> {
        match self.epochs.get(&epoch) {
            // The disk tier: one process owns the folder, and recovery leaves nothing to be pinned.
            Some(EpochState::Active) => {}
            Some(EpochState::Fenced) => self.pin_led(epoch, end),
            Some(EpochState::Sealed { .. }) | None => return Err(MetaConflict::Fenced(epoch)),
        }
        self.epochs.insert(epoch, EpochState::Sealed { end });
        self.brokers.remove(&epoch);
        Ok(())
    }

    /// Ends every incarnation, as a copy has them, in which none runs: one that was not sealed ends at
    /// `end` of its epoch.
    pub(crate) fn end_all(&mut self, end: impl Fn(u64) -> u64) {
        let open: Vec<u64> = self.epochs.keys().copied().collect();
        for epoch in open {
            if !matches!(self.epochs.get(&epoch), Some(EpochState::Sealed { .. })) {
                let end = end(epoch).max(self.wal_low(epoch));
                // Neither can fail: it is there, and not sealed.
                let ended = self.fence(epoch).and_then(|()| self.seal(epoch, end));
                debug_assert!(ended.is_ok(), "{ended:?}");
            }
            if let Some(EpochState::Sealed { end }) = self.epochs.get(&epoch).copied()
                && self.pins(epoch).next().is_none()
            {
                self.wal_low.insert(epoch, end);
            }
        }
    }

    fn pin_led(&mut self, epoch: u64, end: u64) {
        let low = self.wal_low(epoch);
        if low >= end {
            return;
        }
        let led: Vec<u32> =
            self.pgs.iter().filter(|(_, row)| row.leader == epoch).map(|(pg, _)| *pg).collect();
        for pg in led {
            let from = self.pins.entry(epoch).or_default().entry(pg).or_insert(low);
            *from = low.min(*from);
            // It left, came back, and stayed to the end.
            unset(&mut self.bounds, epoch, pg);
        }
    }

    pub(super) fn register(&mut self, row: &BrokerRow, acting: u64) -> Result<(), MetaConflict> {
        if self.epochs.get(&row.epoch) != Some(&EpochState::Active) {
            return Err(MetaConflict::Fenced(row.epoch));
        }
        // Anybody may drain a broker; only itself says where it is.
        let known = self.brokers.get(&row.epoch);
        let drains =
            known.is_some_and(|b| BrokerRow { draining: row.draining, ..b.clone() } == *row);
        if row.epoch != acting && !drains {
            return Err(MetaConflict::Fenced(row.epoch));
        }
        if !row.formats.contains(self.level()) {
            return Err(MetaConflict::Level { epoch: row.epoch, level: self.level() });
        }
        self.brokers.insert(row.epoch, row.clone());
        Ok(())
    }

    pub(super) fn raise_wal_low(
        &mut self,
        epoch: u64,
        slot: u64,
        acting: u64,
    ) -> Result<(), MetaConflict> {
        let pinned = self.pins.get(&epoch).and_then(|p| p.values().min()).copied();
        let most = match self.epochs.get(&epoch) {
            Some(EpochState::Active) if epoch == acting => u64::MAX,
            Some(EpochState::Sealed { end }) => *end,
            Some(EpochState::Active | EpochState::Fenced) | None => {
                return Err(MetaConflict::Fenced(epoch));
            }
        };
        if slot < self.wal_low(epoch) || slot > pinned.unwrap_or(u64::MAX).min(most) {
            return Err(MetaConflict::Needed { epoch, slot });
        }
        self.wal_low.insert(epoch, slot);
        Ok(())
    }

    pub(super) fn unpin(&mut self, epoch: u64, pg: u32, acting: u64) -> Result<(), MetaConflict> {
        self.led_by(pg, acting)?;
        unset(&mut self.pins, epoch, pg);
        unset(&mut self.bounds, epoch, pg);
        Ok(())
    }

    fn led_by(&self, pg: u32, epoch: u64) -> Result<&PgRow, MetaConflict> {
        let row = self.pgs.get(&pg).ok_or(MetaConflict::UnknownPg(pg))?;
        if row.leader == epoch { Ok(row) } else { Err(MetaConflict::Led(pg)) }
    }

    pub(super) fn lead(&mut self, pg: u32, epoch: u64, pg_epoch: i32) -> Result<(), MetaConflict> {
        self.active(epoch)?;
        let mut attempt = 0;
        if let Some(row) = self.pgs.get(&pg) {
            let sealed = matches!(self.epochs.get(&row.leader), Some(EpochState::Sealed { .. }));
            if row.leader != epoch && !sealed {
                return Err(MetaConflict::Led(pg));
            }
            if row.pg_epoch > pg_epoch {
                return Err(MetaConflict::EpochFalls(pg));
            }
            // What was sent for an earlier attempt must never be taken for this leader's.
            attempt = row.attempt + 1;
        }
        self.pgs.insert(pg, PgRow { leader: epoch, pg_epoch, attempt, moving: None });
        Ok(())
    }

    pub(super) fn raise_epoch(&mut self, pg: u32, pg_epoch: i32) -> Result<(), MetaConflict> {
        let row = self.pgs.get_mut(&pg).ok_or(MetaConflict::UnknownPg(pg))?;
        row.pg_epoch = row.pg_epoch.max(pg_epoch);
        Ok(())
    }

    pub(super) fn plan_move(&mut self, pg: u32, to: u64, attempt: u64) -> Result<(), MetaConflict> {
        self.active(to)?;
        let row = self.pgs.get(&pg).ok_or(MetaConflict::UnknownPg(pg))?;
        self.active(row.leader)?;
        if row.moving.is_some() || row.leader == to || attempt != row.attempt + 1 {
            return Err(MetaConflict::Moved(pg));
        }
        self.pgs.insert(pg, PgRow { attempt, moving: Some(Move { to, attempt }), ..*row });
        Ok(())
    }

    pub(super) fn cancel_move(&mut self, pg: u32, attempt: u64) -> Result<(), MetaConflict> {
        let row = self.pgs.get_mut(&pg).ok_or(MetaConflict::UnknownPg(pg))?;
        if row.moving.is_none_or(|m| m.attempt != attempt) {
            return Err(MetaConflict::Moved(pg));
        }
        row.moving = None;
        Ok(())
    }

    pub(super) fn complete_move(
        &mut self,
        pg: u32,
        attempt: u64,
        slots: Range<u64>,
        acting: u64,
    ) -> Result<(), MetaConflict> {
        let row = *self.led_by(pg, acting)?;
        let to = row.moving.filter(|m| m.attempt == attempt).ok_or(MetaConflict::Moved(pg))?.to;
        self.active(to)?;
        if slots.start < self.wal_low(acting) {
            return Err(MetaConflict::Needed { epoch: acting, slot: slots.start });
        }
        if !slots.is_empty() && !on(Planted::PinOmitted) {
            let from = self.pins.entry(acting).or_default().entry(pg).or_insert(slots.start);
            *from = slots.start.min(*from);
            self.bounds.entry(acting).or_default().insert(pg, slots.end);
        }
        let pg_epoch = row.pg_epoch + 1;
        self.pgs.insert(pg, PgRow { leader: to, pg_epoch, attempt, moving: None });
        Ok(())
    }

    fn active(&self, epoch: u64) -> Result<(), MetaConflict> {
        match self.epochs.get(&epoch) {
            Some(EpochState::Active) => Ok(()),
            _ => Err(MetaConflict::Fenced(epoch)),
        }
    }

    /// All epochs that were ever activated.
    #[must_use]
    pub fn epochs(&self) -> &BTreeMap<u64, EpochState> {
        &self.epochs
    }

    /// The brokers that are not sealed and said who they are, by epoch.
    #[must_use]
    pub fn brokers(&self) -> &BTreeMap<u64, BrokerRow> {
        &self.brokers
    }

    /// Lowest slot of an epoch's WAL that is still needed. Object tier only.
    #[must_use]
    pub fn wal_low(&self, epoch: u64) -> u64 {
        self.wal_low.get(&epoch).copied().unwrap_or(0)
    }

    /// Placement groups that left an incarnation and still need its WAL.
    pub fn pins(&self, epoch: u64) -> impl Iterator<Item = Pin> {
        let bounds = self.bounds.get(&epoch);
        let bound = move |pg: &u32| bounds.and_then(|b| b.get(pg)).copied();
        let pins = self.pins.get(&epoch).into_iter().flatten();
        pins.map(move |(pg, from)| Pin { pg: *pg, from: *from, bound: bound(pg) })
    }

    /// The logs that a placement group still needs, besides that of its leader.
    pub fn pins_of(&self, pg: u32) -> impl Iterator<Item = (u64, Pin)> {
        let all = self.pins.keys().flat_map(|epoch| self.pins(*epoch).map(|pin| (*epoch, pin)));
        all.filter(move |(_, pin)| pin.pg == pg)
    }

    /// All placement groups.
    #[must_use]
    pub fn pgs(&self) -> &BTreeMap<u32, PgRow> {
        &self.pgs
    }
}

fn unset(pins: &mut super::state::Pins, epoch: u64, pg: u32) {
    if let Some(of_epoch) = pins.get_mut(&epoch) {
        of_epoch.remove(&pg);
        if of_epoch.is_empty() {
            pins.remove(&epoch);
        }
    }
}
