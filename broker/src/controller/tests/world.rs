//! A cell without processes: what is committed, what was heard, and a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use storage::levels::FormatLevels;
use storage::meta::{BrokerRow, CellState, EpochState, MetaOp, Txn};

use super::super::*;
use crate::rpc::{Beat, PgLoad};

/// Where every log ends.
const END: u64 = 10;

pub(super) struct World {
    pub(super) state: CellState,
    pub(super) liveness: Liveness,
    pub(super) movement: Movement,
    pub(super) loads: Loads,
    /// Bytes a second that each group takes in.
    pub(super) traffic: BTreeMap<u32, u64>,
    pub(super) settings: ControllerSettings,
    pub(super) me: u64,
    pub(super) groups: u32,
    pub(super) wanted: Option<u32>,
    pub(super) now: Duration,
    /// Brokers that beat.
    pub(super) beating: BTreeSet<u64>,
    pub(super) counters: BTreeMap<u64, u64>,
    /// Since when bytes of a broker wait, in milliseconds.
    pub(super) waits: BTreeMap<u64, u64>,
}

pub(super) fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

impl World {
    /// Brokers with the epochs from 1 on; the first is the controller. Groups are spread over them.
    pub(super) fn new(brokers: u64, groups: u32) -> Self {
        let now = secs(1000);
        let mut world = Self {
            state: CellState::default(),
            liveness: Liveness::new(now),
            movement: Movement::default(),
            loads: Loads::default(),
            traffic: BTreeMap::new(),
            settings: ControllerSettings::default(),
            me: 1,
            groups,
            wanted: None,
            now,
            beating: BTreeSet::new(),
            counters: BTreeMap::new(),
            waits: BTreeMap::new(),
        };
        (1..=brokers).for_each(|epoch| world.join(epoch));
        for _ in 0..3 {
            world.step();
        }
        world
    }

    pub(super) fn join(&mut self, epoch: u64) {
        let row = BrokerRow {
            epoch,
            id: i32::try_from(epoch).unwrap(),
            node: format!("node-{epoch}"),
            zone: String::new(),
            plain: ("localhost".into(), 9092),
            tls: ("localhost".into(), 9093),
            peer: Some(format!("localhost:{epoch}")),
            draining: false,
            formats: FormatLevels::default(),
        };
        let ops = vec![MetaOp::ActivateEpoch { epoch }, MetaOp::RegisterBroker(row)];
        self.state.apply(&Txn { acting: epoch, ops }).unwrap();
        self.beating.insert(epoch);
        self.beat(epoch);
    }

    pub(super) fn beat(&mut self, epoch: u64) {
        self.beat_with(Beat { epoch, ..Beat::default() });
    }

    pub(super) fn beat_with(&mut self, beat: Beat) {
        let counter = self.counters.entry(beat.epoch).or_default();
        *counter += 1;
        let load = self
            .traffic
            .iter()
            .map(|(pg, bytes_in)| (*pg, PgLoad { bytes_in: *bytes_in, ..PgLoad::default() }));
        let beat = Beat { counter: *counter, load: load.collect(), ..beat };
        self.liveness.follow(&self.state, self.now);
        self.loads.heard(&self.state, &beat, &self.settings, self.now);
        self.liveness.beat(SessionId(beat.epoch), beat, self.now);
    }

    /// The process of a broker ends, and its address refuses connections.
    pub(super) fn kill(&mut self, epoch: u64) {
        self.beating.remove(&epoch);
        self.liveness.disconnected(epoch, SessionId(epoch));
        self.liveness.probed(epoch, Probed::Gone);
    }

    pub(super) fn decide(&mut self) -> Decision {
        self.liveness.look(self.now);
        self.liveness.follow(&self.state, self.now);
        self.movement.follow(&self.state, &self.settings, self.now);
        self.loads.follow(&self.state, &self.settings, self.now);
        decide(&Situation {
            state: &self.state,
            liveness: &self.liveness,
            movement: &self.movement,
            loads: &self.loads,
            settings: &self.settings,
            me: self.me,
            groups: self.groups,
            brokers_wanted: self.wanted,
            now: self.now,
        })
    }

    /// Decides and commits what was decided. Logs are sealed at once.
    pub(super) fn step(&mut self) -> Decision {
        let decision = self.decide();
        for action in &decision.actions {
            self.commit(*action);
        }
        decision
    }

    pub(super) fn commit(&mut self, action: Action) {
        let op = action.op(&self.state).or(match action {
            Action::Seal { epoch } => Some(MetaOp::SealEpoch { epoch, end: END }),
            _ => None,
        });
        if let Action::Fence { why: Why::Silent, .. } = action {
            self.liveness.fenced_for_silence(self.now);
        }
        let txn = Txn { acting: self.me, ops: op.into_iter().collect() };
        self.state.apply(&txn).unwrap_or_else(|e| panic!("{action:?}: {e}"));
    }

    /// Time goes on in steps of half a second, with beats of all who beat.
    pub(super) fn pass(&mut self, time: Duration) -> Vec<Decision> {
        let until = self.now + time;
        let mut decisions = Vec::new();
        while self.now < until {
            self.now += Duration::from_millis(500);
            for epoch in self.beating.clone() {
                self.beat(epoch);
            }
            decisions.push(self.step());
        }
        decisions
    }

    /// Leaders hand over what is to move.
    pub(super) fn complete_moves(&mut self) -> usize {
        let moving: Vec<_> = self.moving();
        for (pg, leader, attempt) in &moving {
            let op = MetaOp::CompleteMove { pg: *pg, attempt: *attempt, from: 0, bound: 5 };
            self.state.apply(&Txn { acting: *leader, ops: vec![op] }).unwrap();
        }
        moving.len()
    }

    /// Groups on their way, with leader and attempt.
    pub(super) fn moving(&self) -> Vec<(u32, u64, u64)> {
        let rows = self.state.pgs().iter();
        rows.filter_map(|(pg, row)| Some((*pg, row.leader, row.moving?.attempt))).collect()
    }

    pub(super) fn led(&self) -> BTreeMap<u64, usize> {
        let mut led = BTreeMap::new();
        for row in self.state.pgs().values() {
            *led.entry(row.leader).or_default() += 1;
        }
        led
    }

    pub(super) fn is_active(&self, epoch: u64) -> bool {
        self.state.epochs().get(&epoch) == Some(&EpochState::Active)
    }

    pub(super) fn drain(&mut self, epoch: u64) {
        let row = self.state.brokers()[&epoch].clone();
        let op = MetaOp::RegisterBroker(BrokerRow { draining: true, ..row });
        self.state.apply(&Txn { acting: self.me, ops: vec![op] }).unwrap();
    }
}

pub(super) fn fences(decision: &Decision) -> Vec<(u64, Why)> {
    let fence = |a: &Action| match a {
        Action::Fence { epoch, why } => Some((*epoch, *why)),
        _ => None,
    };
    decision.actions.iter().filter_map(fence).collect()
}
