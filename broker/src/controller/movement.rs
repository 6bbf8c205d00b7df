//! What the controller remembers of placement groups: when they moved, and who has its share.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use storage::meta::{CellState, EpochState};

use super::settings::ControllerSettings;

/// What was seen of one group.
#[derive(Debug, Clone, Copy)]
struct Seen {
    leader: u64,
    attempt: Option<u64>,
    /// When the attempt was first seen.
    since: Duration,
    moved: Option<Duration>,
    given_up: Option<Duration>,
}

/// History of placement, as far as it matters. A new controller starts without one.
#[derive(Debug, Clone, Default)]
pub struct Movement {
    groups: BTreeMap<u32, Seen>,
    /// Brokers that had their share at some time: they are filled at leisure from then on.
    filled: BTreeSet<u64>,
    uneven_since: Option<Duration>,
}

impl Movement {
    /// Follows what is committed.
    pub fn follow(&mut self, state: &CellState, settings: &ControllerSettings, now: Duration) {
        for (pg, row) in state.pgs() {
            let attempt = row.moving.map(|m| m.attempt);
            let fresh =
                Seen { leader: row.leader, attempt, since: now, moved: None, given_up: None };
            let seen = self.groups.entry(*pg).or_insert(fresh);
            if seen.leader != row.leader {
                seen.moved = Some(now);
            } else if seen.attempt.is_some() && seen.attempt != attempt {
                seen.given_up = Some(now);
            }
            if seen.attempt != attempt {
                seen.since = now;
            }
            (seen.leader, seen.attempt) = (row.leader, attempt);
        }
        let shares = shares(state);
        self.filled.retain(|epoch| shares.contains_key(epoch));
        let fair = fair_share(&shares);
        let (least, most) = (shares.values().min(), shares.values().max());
        let behind = |n: u32| most.is_some_and(|most| most - n >= settings.balance_spread);
        let filled = shares.iter().filter(|(_, n)| **n >= fair && !behind(**n));
        self.filled.extend(filled.map(|(epoch, _)| *epoch));
        let spread = most.zip(least).map_or(0, |(most, least)| most - least);
        self.uneven_since =
            if spread >= settings.balance_spread { self.uneven_since.or(Some(now)) } else { None };
    }

    /// Whether a broker had its share before.
    pub(super) fn is_filled(&self, epoch: u64) -> bool {
        self.filled.contains(&epoch)
    }

    /// Whether brokers have differed for so long.
    pub(super) fn is_uneven(&self, patience: Duration, now: Duration) -> bool {
        self.uneven_since.is_some_and(|since| now >= since + patience)
    }

    /// Whether the attempt to move a group has taken longer than `patience`.
    pub(super) fn is_late(&self, pg: u32, patience: Duration, now: Duration) -> bool {
        self.groups.get(&pg).is_some_and(|s| s.attempt.is_some() && now >= s.since + patience)
    }

    /// Whether a group has changed hands within `rest`.
    pub(super) fn moved_within(&self, pg: u32, rest: Duration, now: Duration) -> bool {
        let moved = self.groups.get(&pg).and_then(|s| s.moved);
        moved.is_some_and(|at| now < at + rest)
    }

    /// Whether a move of a group was given up within `rest`.
    pub(super) fn given_up_within(&self, pg: u32, rest: Duration, now: Duration) -> bool {
        let given_up = self.groups.get(&pg).and_then(|s| s.given_up);
        given_up.is_some_and(|at| now < at + rest)
    }
}

/// How many groups each broker that takes groups leads, or will lead when moves are done.
pub(super) fn shares(state: &CellState) -> BTreeMap<u64, u32> {
    let takes = state
        .brokers()
        .values()
        .filter(|row| !row.draining && state.epochs().get(&row.epoch) == Some(&EpochState::Active));
    let mut shares: BTreeMap<u64, u32> = takes.map(|row| (row.epoch, 0)).collect();
    for row in state.pgs().values() {
        let leader = row.moving.map_or(row.leader, |m| m.to);
        if let Some(n) = shares.get_mut(&leader) {
            *n += 1;
        }
    }
    shares
}

/// What every broker has at least when all is even.
pub(super) fn fair_share(shares: &BTreeMap<u64, u32>) -> u32 {
    let brokers = u32::try_from(shares.len()).unwrap_or(u32::MAX).max(1);
    shares.values().sum::<u32>() / brokers
}
