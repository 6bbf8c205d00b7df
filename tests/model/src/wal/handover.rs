//! Moving the placement group between two live epochs: F0 (burn), F6 (leave), pins.

use super::action::Action;
use super::model::Wal;
use super::process::{Offer, Role};
use super::state::{Life, State, Write};
use crate::bug::Bug;

pub(crate) fn actions(model: &Wal, state: &State, actions: &mut Vec<Action>) {
    let group = &state.meta.group;
    let led = state.row(group.leader).state == Life::Active;
    if group.target.is_some() {
        actions.push(Action::Cancel);
    }
    for process in 0..model.config.processes {
        let known = state.process(process);
        if !known.is_live() {
            continue;
        }
        let other = known.epoch != group.leader && state.row(known.epoch).state == Life::Active;
        if led && other && group.target.is_none() && group.attempt < model.config.attempts {
            actions.push(Action::Offer(process));
        }
        match known.role {
            Role::Leader { .. } if group.leader == known.epoch && group.target.is_some() => {
                actions.push(Action::Stop(process));
            }
            Role::Stopped { sent: false, .. } if known.acknowledged_prefix() == known.next => {
                actions.push(Action::HandOver(process));
            }
            _ => {}
        }
        if may_resume(model, state, process) {
            actions.push(Action::Resume(process));
        }
        if has_left(state, process) {
            actions.push(Action::Leave(process));
        }
    }
}

pub(crate) fn offer(state: &mut State, process: u8) {
    let epoch = state.process(process).epoch;
    state.meta.group.attempt += 1;
    state.meta.group.target = Some(epoch);
}

pub(crate) fn stop(state: &mut State, process: u8) {
    let attempt = state.meta.group.attempt;
    let known = state.process_mut(process);
    if let Role::Leader { pg_epoch } = known.role {
        known.role = Role::Stopped { pg_epoch, attempt, sent: false };
    }
}

/// Sends the state to the target and the transaction to the metadata store.
pub(crate) fn hand_over(state: &mut State, process: u8) {
    let known = state.process_mut(process);
    let Role::Stopped { attempt, ref mut sent, .. } = known.role else { return };
    *sent = true;
    let (from, bound) = (known.epoch, known.next);
    let mut offer = Offer { attempt, log: known.log.clone(), holds: known.holds };
    offer.holds[usize::from(from)] = bound;
    let group = &state.meta.group;
    let Some(to) = group.target.filter(|_| group.attempt == attempt) else { return };
    let (low, version) = (state.row(from).low, state.row(from).version);
    if let Some(target) = state.processes.iter_mut().find(|target| target.epoch == to) {
        target.offered = Some(offer);
    }
    state.send(Write::Handover { attempt, from, to, low, bound, version });
}

/// The handover transaction reaches the metadata store.
pub(crate) fn apply(model: &Wal, state: &mut State, write: &Write) {
    let Write::Handover { attempt, from, to, low, bound, version } = *write else { return };
    let matches = state.meta.group.attempt == attempt
        && state.meta.group.leader == from
        && state.row(from).state == Life::Active
        && state.row(from).version == version
        && state.row(to).state == Life::Active;
    if !matches {
        return;
    }
    let group = &mut state.meta.group;
    let low = group.pending[usize::from(from)].map_or(low, |(earlier, _)| earlier.min(low));
    group.pending[usize::from(from)] = Some((low, bound));
    group.leader = to;
    group.epoch += 1;
    group.target = None;
    group.moved_by = Some(attempt);
    let row = state.row_mut(from);
    row.version += 1;
    if !model.has(Bug::PinOmitted) {
        row.pin = Some(low);
    }
}

/// The controller makes the attempt impossible: a committed write on the row that the handover compares.
pub(crate) fn cancel(state: &mut State) {
    state.meta.group.attempt += 1;
    state.meta.group.target = None;
}

fn may_resume(model: &Wal, state: &State, process: u8) -> bool {
    let known = state.process(process);
    let Role::Stopped { pg_epoch, attempt, sent } = known.role else { return false };
    let group = &state.meta.group;
    let named = group.leader == known.epoch;
    // The group may have gone and come back meanwhile: only its epoch tells.
    let unchanged = group.epoch == pg_epoch || model.has(Bug::ResumeByLeader);
    let settled = group.attempt > attempt;
    named && unchanged && (settled || (sent && model.has(Bug::ResumeAfterReadBack)))
}

/// The handover is seen committed.
fn has_left(state: &State, process: u8) -> bool {
    let known = state.process(process);
    let Role::Stopped { pg_epoch, .. } = known.role else { return false };
    state.meta.group.leader != known.epoch || state.meta.group.epoch != pg_epoch
}

pub(crate) fn resume(state: &mut State, process: u8) {
    let known = state.process_mut(process);
    if let Role::Stopped { pg_epoch, .. } = known.role {
        known.role = Role::Leader { pg_epoch };
        state.seen.resumed = true;
    }
}

pub(crate) fn leave(state: &mut State, process: u8) {
    state.process_mut(process).role = Role::Idle;
}
