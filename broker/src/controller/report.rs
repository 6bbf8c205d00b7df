//! How the cell is, for people.

use std::collections::BTreeMap;

use storage::meta::{BrokerRow, CellState, EpochState};

use super::driver::{Controller, Mind};
use crate::rpc::{BrokerReport, CellReport, EndedLog, MoveReport};

impl Controller {
    /// How the cell is, as this controller sees it.
    #[must_use]
    pub fn describe(&self) -> CellReport {
        let (state, now) = (self.meta.state(), self.parts.clock.mono());
        let mind = self.mind.lock();
        let led = |epoch: &u64| matches!(state.epochs().get(epoch), Some(EpochState::Active));
        let homeless = (0..self.parts.groups)
            .filter(|pg| state.pgs().get(pg).is_none_or(|row| !led(&row.leader)))
            .count();
        let moves = state.pgs().iter().filter_map(|(pg, row)| {
            let planned = row.moving?;
            let report = MoveReport { from: row.leader, to: planned.to, attempt: planned.attempt };
            Some((*pg, report))
        });
        CellReport {
            controller: self.parts.address.clone(),
            revision: self.meta.revision(),
            brokers_wanted: mind.brokers_wanted,
            brokers: state
                .brokers()
                .iter()
                .map(|(epoch, row)| (*epoch, broker(row, &state, &mind, now)))
                .collect(),
            groups: self.parts.groups,
            groups_without_leader: u32::try_from(homeless).unwrap_or(u32::MAX),
            moves: moves.collect(),
            ended_logs: ended_logs(&state),
            alarms: mind.alarms.iter().map(ToString::to_string).collect(),
            signal: mind.signal.map(|signal| signal.to_string()),
            settings: self.parts.settings.describe(),
            format_level: state.level(),
            format_level_next: state.next_level(),
        }
    }
}

fn broker(
    row: &BrokerRow,
    state: &CellState,
    mind: &Mind,
    now: std::time::Duration,
) -> BrokerReport {
    let silent = mind.liveness.silent_for(row.epoch, now);
    let load = mind.liveness.last_beat(row.epoch).map(|beat| &beat.load);
    let loads = || load.into_iter().flat_map(|load| load.values());
    let groups = state.pgs().values().filter(|pg| pg.leader == row.epoch).count();
    BrokerReport {
        broker_id: row.id,
        node: row.node.clone(),
        zone: row.zone.clone(),
        rpc: row.peer.clone().unwrap_or_default(),
        connected: mind.liveness.is_connected(row.epoch),
        silent_ms: u64::try_from(silent.as_millis()).unwrap_or(u64::MAX),
        draining: row.draining,
        groups: u32::try_from(groups).unwrap_or(u32::MAX),
        bytes_in: loads().map(|l| l.bytes_in).sum(),
        bytes_out: loads().map(|l| l.bytes_out).sum(),
        store: mind.liveness.last_beat(row.epoch).and_then(|beat| beat.store.clone()),
        formats: row.formats,
        clients: mind.liveness.last_beat(row.epoch).and_then(|beat| beat.clients),
    }
}

fn ended_logs(state: &CellState) -> BTreeMap<u64, EndedLog> {
    let mut logs = BTreeMap::new();
    for (epoch, s) in state.epochs() {
        let low = state.wal_low(*epoch);
        let end = match *s {
            EpochState::Active => continue,
            EpochState::Fenced => None,
            EpochState::Sealed { end } if low >= end => continue,
            EpochState::Sealed { end } => Some(end),
        };
        let pins = u32::try_from(state.pins(*epoch).count()).unwrap_or(u32::MAX);
        logs.insert(*epoch, EndedLog { end, low, pins });
    }
    logs
}
