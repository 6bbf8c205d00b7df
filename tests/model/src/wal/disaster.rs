//! What operators and stores do to a cell: a slot vanishes, the metadata goes back; and births (F5).

use super::action::Action;
use super::model::Wal;
use super::process::{Phase, Process};
use super::state::{Life, Slot, State};
use crate::bug::Bug;

pub(crate) fn actions(model: &Wal, state: &State, actions: &mut Vec<Action>) {
    if model.config.loss && state.store.lost.is_none() {
        for epoch in 0..model.epochs() {
            for (slot, _) in state.data(epoch) {
                actions.push(Action::Lose { epoch, slot });
            }
        }
    }
    if model.config.restore && !state.restored {
        match &state.backup {
            None => actions.push(Action::Backup),
            Some(backup) if *backup != state.meta => actions.push(Action::Restore),
            Some(_) => {}
        }
    }
    for process in 0..model.config.processes {
        match state.process(process).phase {
            Phase::Unborn if next_epoch(model, state).is_some() => {
                actions.push(Action::Bear(process))
            }
            Phase::Born => actions.push(Action::Register(process)),
            Phase::Unborn | Phase::Live | Phase::Ended => {}
        }
    }
}

pub(crate) fn lose(state: &mut State, epoch: u8, slot: u8) {
    if let Slot::Data(data) = state.slot(epoch, slot) {
        state.store.lost = Some((epoch, slot, data.value));
        state.set_slot(epoch, slot, Slot::Absent);
    }
}

pub(crate) fn backup(state: &mut State) {
    state.backup = Some(state.meta.clone());
}

pub(crate) fn restore(state: &mut State) {
    if let Some(backup) = state.backup.take() {
        state.meta = backup;
        state.restored = true;
    }
}

/// F5: an epoch is free when the bucket has no birth of it, whatever a counter says.
fn next_epoch(model: &Wal, state: &State) -> Option<u8> {
    (0..model.epochs()).find(|epoch| {
        if model.has(Bug::EpochReused) {
            state.row(*epoch).state == Life::Unknown
        } else {
            !state.store.births[usize::from(*epoch)]
        }
    })
}

pub(crate) fn bear(model: &Wal, state: &mut State, process: u8) {
    let Some(epoch) = next_epoch(model, state) else { return };
    state.store.births[usize::from(epoch)] = true;
    *state.process_mut(process) = Process { epoch, phase: Phase::Born, ..Process::unborn(process) };
}

pub(crate) fn register(state: &mut State, process: u8) {
    let epoch = state.process(process).epoch;
    let row = state.row_mut(epoch);
    let phase = if row.state == Life::Unknown {
        row.state = Life::Active;
        row.version += 1;
        Phase::Live
    } else {
        Phase::Ended
    };
    state.process_mut(process).phase = phase;
}
