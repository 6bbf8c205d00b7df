//! Where placement groups go.

use std::collections::{BTreeMap, BTreeSet};

use storage::meta::{EpochState, PgRow};

use super::decide::{Action, Alarm, Situation};
use super::movement::{fair_share, shares};

/// Brokers that take groups, with the number that each has, as actions are added.
struct Shares(BTreeMap<u64, u32>);

impl Shares {
    fn least_of(&self, may: impl Fn(&u64) -> bool) -> Option<u64> {
        let those = self.0.iter().filter(|(epoch, _)| may(epoch));
        those.min_by_key(|(epoch, n)| (**n, **epoch)).map(|(epoch, _)| *epoch)
    }

    fn most(&self) -> Option<u64> {
        self.0.iter().max_by_key(|(epoch, n)| (**n, **epoch)).map(|(epoch, _)| *epoch)
    }

    fn of(&self, epoch: u64) -> u32 {
        self.0.get(&epoch).copied().unwrap_or(0)
    }

    fn give(&mut self, from: u64, to: u64) {
        if let Some(n) = self.0.get_mut(&from) {
            *n = n.saturating_sub(1);
        }
        if let Some(n) = self.0.get_mut(&to) {
            *n += 1;
        }
    }
}

/// Gives groups that nobody leads to brokers, and plans and cancels moves.
pub(super) fn place(
    s: &Situation<'_>,
    fenced: &BTreeSet<u64>,
    alarms: &mut Vec<Alarm>,
) -> Vec<Action> {
    let mut shares = takers(s, fenced);
    let mut actions = assign(s, fenced, &mut shares, alarms);
    actions.extend(cancel(s, fenced));
    let on_their_way = s.state.pgs().values().filter(|row| row.moving.is_some()).count();
    let on_their_way = u32::try_from(on_their_way).unwrap_or(u32::MAX);
    let used = s.loads.of_brokers(s.state);
    let mut plan = Plan { s, shares, used, fenced, moves: BTreeMap::new(), on_their_way };
    plan.drain();
    plan.fill();
    plan.relieve();
    plan.balance();
    actions.extend(plan.moves.into_iter().map(|(pg, to)| Action::Plan { pg, to }));
    actions
}

/// Brokers that may get groups: those that live, as far as one can tell. When there are none, any that
/// is not known to be dead, and at last those that are to go.
fn takers(s: &Situation<'_>, fenced: &BTreeSet<u64>) -> Shares {
    let mut all = shares(s.state);
    all.retain(|epoch, _| !fenced.contains(epoch));
    let lives = |e: &u64| *e == s.me || s.liveness.silent_for(*e, s.now) < s.settings.silence / 4;
    let living: BTreeMap<u64, u32> =
        all.iter().filter(|(e, _)| lives(e)).map(|(e, n)| (*e, *n)).collect();
    Shares(if living.is_empty() { all } else { living })
}

/// Groups without a leader go to whoever has the fewest.
fn assign(
    s: &Situation<'_>,
    fenced: &BTreeSet<u64>,
    shares: &mut Shares,
    alarms: &mut Vec<Alarm>,
) -> Vec<Action> {
    let homeless = (0..s.groups).filter(|pg| {
        s.state.pgs().get(pg).is_none_or(|row| {
            matches!(s.state.epochs().get(&row.leader), Some(EpochState::Sealed { .. }))
        })
    });
    let homeless: Vec<u32> = homeless.collect();
    let mut actions = Vec::with_capacity(homeless.len());
    let active = |e: &u64| s.state.epochs().get(e) == Some(&EpochState::Active);
    let last_resort = || {
        let mut leaving = s.state.brokers().keys().filter(|e| active(e) && !fenced.contains(e));
        leaving.next().copied()
    };
    for pg in &homeless {
        let Some(epoch) = shares.least_of(|_| true).or_else(last_resort) else {
            alarms.push(Alarm::NoBroker(homeless.len()));
            return actions;
        };
        let pg_epoch = s.state.pgs().get(pg).map_or(0, |row| row.pg_epoch + 1);
        actions.push(Action::Assign { pg: *pg, epoch, pg_epoch });
        shares.give(0, epoch);
    }
    actions
}

/// Moves that take too long, or go to a broker that is to go itself, end. A fence ends its moves by
/// itself.
fn cancel(s: &Situation<'_>, fenced: &BTreeSet<u64>) -> impl Iterator<Item = Action> {
    s.state.pgs().iter().filter_map(|(pg, row)| {
        let planned =
            row.moving.filter(|m| ![m.to, row.leader].iter().any(|e| fenced.contains(e)))?;
        let drains = s.state.brokers().get(&planned.to).is_none_or(|b| b.draining);
        let late = s.movement.is_late(*pg, s.settings.move_patience, s.now);
        (drains || late).then_some(Action::Cancel { pg: *pg, attempt: planned.attempt })
    })
}

struct Plan<'a> {
    s: &'a Situation<'a>,
    shares: Shares,
    /// Bytes a second of each broker, as moves are added.
    used: BTreeMap<u64, f64>,
    fenced: &'a BTreeSet<u64>,
    moves: BTreeMap<u32, u64>,
    on_their_way: u32,
}

impl Plan<'_> {
    /// Groups of brokers that are to go, to whoever has the fewest.
    fn drain(&mut self) {
        let s = self.s;
        let leaving = s.state.brokers().values().filter(|b| b.draining).map(|b| b.epoch);
        for epoch in leaving {
            for pg in self.movable(epoch, false) {
                let Some(to) = self.least().filter(|_| self.room(s.settings.urgent_moves_max))
                else {
                    return;
                };
                self.put(pg, epoch, to);
            }
        }
    }

    /// Brokers that never had their share get it at once, and then what makes them even with the others.
    fn fill(&mut self) {
        let s = self.s;
        let fair = fair_share(&self.shares.0);
        let new: Vec<u64> = self
            .shares
            .0
            .keys()
            .copied()
            .filter(|e| self.takes(*e) && !s.movement.is_filled(*e))
            .collect();
        for even in [false, true] {
            for to in &new {
                while self.room(s.settings.urgent_moves_max) {
                    let Some(from) = self.most() else { return };
                    let has = self.shares.of(*to);
                    let spread = self.shares.of(from) - has;
                    if has >= fair && !(even && spread >= s.settings.balance_spread) {
                        break;
                    }
                    let Some(pg) = self.movable(from, false).next() else { return };
                    self.put(pg, from, *to);
                }
            }
        }
    }

    /// Takes use off the broker that has most of it, when use has been uneven for a while.
    fn relieve(&mut self) {
        let s = self.s;
        if !s.loads.is_uneven(s.settings.balance_patience, s.now) {
            return;
        }
        while self.room(s.settings.balance_moves_max) {
            let Some((pg, from, to)) = self.best_relief() else { return };
            self.put(pg, from, to);
        }
    }

    /// The move that lowers the sum of squares most; none that is worth it any more.
    fn best_relief(&self) -> Option<(u32, u64, u64)> {
        let s = self.s;
        let by_use = |a: &u64, b: &u64| self.used_by(*a).total_cmp(&self.used_by(*b));
        let all = || self.shares.0.keys().copied();
        let from = all().filter(|e| self.listens(*e)).max_by(by_use)?;
        let to = all().filter(|e| self.takes(*e)).min_by(by_use)?;
        let gap = self.used_by(from) - self.used_by(to);
        let gain = |pg: u32| s.loads.of(pg) * (gap - s.loads.of(pg));
        let best = self.movable(from, true).max_by(|a, b| gain(*a).total_cmp(&gain(*b)))?;
        // What is hardly better is not worth a pause of its clients.
        let better = gap - (gap - 2.0 * s.loads.of(best)).abs();
        (better >= self.spread_allowed() / 3.0).then_some((best, from, to))
    }

    fn used_by(&self, epoch: u64) -> f64 {
        self.used.get(&epoch).copied().unwrap_or(0.0)
    }

    fn spread_allowed(&self) -> f64 {
        let settings = self.s.settings;
        settings.broker_capacity as f64 * f64::from(settings.load_spread_percent) / 100.0
    }

    /// Evens out what has been uneven for a while, a little at a time.
    fn balance(&mut self) {
        let s = self.s;
        if !s.movement.is_uneven(s.settings.balance_patience, s.now) {
            return;
        }
        while self.room(s.settings.balance_moves_max) {
            let Some((from, to)) = self.most().zip(self.least()) else { return };
            let spread = self.shares.of(from) - self.shares.of(to);
            if spread < s.settings.balance_spread {
                return;
            }
            let load = |pg: &u32| self.s.loads.of(*pg);
            // Numbers are evened out with groups that are used little, or `relieve` would take them back.
            let least = self.movable(from, true).min_by(|a, b| load(a).total_cmp(&load(b)));
            let Some(pg) = least else { return };
            let shift = 2.0 * load(&pg);
            let gap = self.used_by(to) - self.used_by(from) + shift;
            let limit = self.spread_allowed() / 2.0;
            if gap > limit && shift > limit / 10.0 {
                return;
            }
            self.put(pg, from, to);
        }
    }

    fn least(&self) -> Option<u64> {
        self.shares.least_of(|epoch| self.takes(*epoch))
    }

    /// Who has the most. None, too, while that one does not listen: it does soon, or is fenced. If it did
    /// not count meanwhile, the others would give away what it has too much.
    fn most(&self) -> Option<u64> {
        self.shares.most().filter(|epoch| self.listens(*epoch))
    }

    fn listens(&self, epoch: u64) -> bool {
        epoch == self.s.me || self.s.liveness.is_connected(epoch)
    }

    /// A move needs a target that listens, to clients, too; a group without a leader cannot wait for that.
    fn takes(&self, epoch: u64) -> bool {
        self.listens(epoch) && self.s.liveness.last_beat(epoch).is_none_or(|beat| !beat.shut)
    }

    fn room(&self, max: u32) -> bool {
        self.on_their_way < max
    }

    fn put(&mut self, pg: u32, from: u64, to: u64) {
        self.moves.insert(pg, to);
        self.on_their_way += 1;
        self.shares.give(from, to);
        let load = self.s.loads.of(pg);
        *self.used.entry(from).or_default() -= load;
        *self.used.entry(to).or_default() += load;
    }

    /// Groups of a live broker that may be moved now.
    fn movable(&self, from: u64, rested: bool) -> impl Iterator<Item = u32> + use<> {
        let settings = self.s.settings;
        let pause = if rested { settings.move_patience } else { settings.urgent_retry };
        let s = self.s;
        let lives = s.state.epochs().get(&from) == Some(&EpochState::Active)
            && !self.fenced.contains(&from);
        let may = |(pg, row): &(&u32, &PgRow)| {
            lives
                && row.leader == from
                && row.moving.is_none()
                && !self.moves.contains_key(pg)
                && !s.movement.given_up_within(**pg, pause, s.now)
                && !(rested && s.movement.moved_within(**pg, s.settings.group_rest, s.now))
        };
        let groups: Vec<u32> = s.state.pgs().iter().filter(may).map(|(pg, _)| *pg).collect();
        groups.into_iter()
    }
}
