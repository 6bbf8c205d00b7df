//! Taking over an epoch: F3 (seal), F6 (leave), recovery by the next leader.

use super::action::Action;
use super::model::Wal;
use super::process::{Offer, Role};
use super::sealer::Sealer;
use super::state::{Life, Log, Manifest, SLOTS, Slot, State};
use super::writer::WINDOW;
use crate::bug::Bug;

pub(crate) fn actions(model: &Wal, state: &State, actions: &mut Vec<Action>) {
    for epoch in 0..model.epochs() {
        let row = state.row(epoch);
        if row.state == Life::Active && model.config.fenceable >> epoch & 1 == 1 {
            actions.push(Action::Fence(epoch));
        }
        if model.config.restore
            && row.state == Life::Unknown
            && state.store.births[usize::from(epoch)]
        {
            actions.push(Action::FenceStray(epoch));
        }
        for sealer in 0..model.config.sealers {
            let idle = state.sealers[usize::from(sealer)] == Sealer::Idle;
            if idle && row.state == Life::Fenced && !model.has(Bug::FenceBehindWriter) {
                actions.push(Action::Start { sealer, epoch });
            }
            if idle && row.state == Life::Active && model.has(Bug::FenceBehindWriter) {
                actions.push(Action::Peek { sealer, epoch });
            }
        }
    }
    for sealer in 0..model.config.sealers {
        match state.sealers[usize::from(sealer)] {
            Sealer::Idle => {}
            Sealer::Peeked { epoch, .. } => {
                if state.row(epoch).state == Life::Fenced {
                    actions.push(Action::Start { sealer, epoch });
                }
            }
            Sealer::Walking { barrier, .. } => {
                actions.push(Action::Walk(sealer));
                if model.config.barriers && !barrier {
                    actions.push(Action::Barrier(sealer));
                }
            }
            Sealer::Found { .. } => actions.push(Action::CommitSealed(sealer)),
        }
    }
    for process in 0..model.config.processes {
        if may_assign(model, state, process) {
            actions.push(Action::Assign(process));
        }
        recovery_actions(state, process, actions);
    }
}

fn recovery_actions(state: &State, process: u8, actions: &mut Vec<Action>) {
    let known = state.process(process);
    let leads = known.is_live()
        && state.meta.group.leader == known.epoch
        && state.row(known.epoch).state == Life::Active;
    match known.role {
        Role::Idle if leads && state.meta.group.moved_by.is_none() => {
            actions.push(Action::ReadManifest(process));
        }
        Role::Idle | Role::Reading(_) if leads => actions.push(Action::Lead(process)),
        _ => {}
    }
}

pub(crate) fn fence(state: &mut State, epoch: u8) {
    let row = state.row_mut(epoch);
    row.state = Life::Fenced;
    row.version += 1;
}

/// A birth that the metadata does not know: it is entered as fenced, so that it is sealed, too.
pub(crate) fn fence_stray(state: &mut State, epoch: u8) {
    fence(state, epoch);
    state.row_mut(epoch).stray = true;
}

pub(crate) fn peek(state: &mut State, sealer: u8, epoch: u8) {
    let low = state.row(epoch).low;
    state.sealers[usize::from(sealer)] = Sealer::Peeked { epoch, low };
}

pub(crate) fn start(state: &mut State, sealer: u8, epoch: u8) {
    let at = match state.sealers[usize::from(sealer)] {
        Sealer::Peeked { low, .. } => low,
        Sealer::Idle | Sealer::Walking { .. } | Sealer::Found { .. } => state.row(epoch).low,
    };
    state.sealers[usize::from(sealer)] = Sealer::Walking { epoch, at, barrier: false };
}

pub(crate) fn barrier(state: &mut State, sealer: u8) {
    let Sealer::Walking { epoch, at, .. } = state.sealers[usize::from(sealer)] else { return };
    state.sealers[usize::from(sealer)] = Sealer::Walking { epoch, at, barrier: true };
    let ahead = at + WINDOW;
    if usize::from(ahead) < SLOTS && state.slot(epoch, ahead) == Slot::Absent {
        state.set_slot(epoch, ahead, Slot::Seal);
    }
}

pub(crate) fn walk(state: &mut State, sealer: u8) {
    let Sealer::Walking { epoch, at, barrier } = state.sealers[usize::from(sealer)] else { return };
    let next = match state.slot(epoch, at) {
        Slot::Data(_) => Sealer::Walking { epoch, at: at + 1, barrier },
        Slot::Absent => {
            state.set_slot(epoch, at, Slot::Seal);
            Sealer::Found { epoch, end: at }
        }
        Slot::Seal => Sealer::Found { epoch, end: at },
    };
    state.sealers[usize::from(sealer)] = next;
}

/// Proves that nothing is lost behind the end, and commits it, write-once.
pub(crate) fn commit_sealed(model: &Wal, state: &mut State, sealer: u8) {
    let Sealer::Found { epoch, end } = state.sealers[usize::from(sealer)] else { return };
    state.sealers[usize::from(sealer)] = Sealer::Idle;
    let sealed_again = model.has(Bug::SealedTwice) && state.row(epoch).state != Life::Active;
    if state.row(epoch).state != Life::Fenced && !sealed_again {
        return;
    }
    if shows_loss(model, state, epoch, end) {
        state.seen.alarmed = true;
        state.seen.false_alarm |= state.store.lost.is_none() && !state.restored;
        return;
    }
    if let Some((lost, slot, _)) = state.store.lost {
        let trace = state.data(epoch).any(|(_, data)| data.frontier > slot);
        state.seen.untraceable |= lost == epoch && end <= slot && !trace;
    }
    let leads = state.meta.group.leader == epoch;
    let row = state.row_mut(epoch);
    row.state = Life::Sealed(end);
    row.version += 1;
    if leads {
        row.pin = Some(row.low);
    }
}

fn shows_loss(model: &Wal, state: &State, epoch: u8, end: u8) -> bool {
    let behind = state.data(epoch).any(|(slot, data)| slot >= end && data.frontier > end);
    let covered = state.store.manifest.covered[usize::from(epoch)] > end;
    (behind && !model.has(Bug::FrontierIgnored)) || (covered && !model.has(Bug::CoveredIgnored))
}

fn may_assign(model: &Wal, state: &State, process: u8) -> bool {
    let group = &state.meta.group;
    let known = state.process(process);
    let free = matches!(state.row(group.leader).state, Life::Sealed(_));
    let able = known.is_live() && state.row(known.epoch).state == Life::Active;
    free && able && (model.has(Bug::StrayBirthIgnored) || births_are_settled(model, state))
}

/// Every birth in the bucket is in the metadata, and none that the metadata had forgotten holds a slot.
fn births_are_settled(model: &Wal, state: &State) -> bool {
    (0..model.epochs()).all(|epoch| {
        let row = state.row(epoch);
        let born = state.store.births[usize::from(epoch)];
        let known = !born || row.state != Life::Unknown;
        known && (!row.stray || row.state == Life::Sealed(0))
    })
}

pub(crate) fn assign(state: &mut State, process: u8) {
    let epoch = state.process(process).epoch;
    let old = state.meta.group.leader;
    let row = *state.row(old);
    let Life::Sealed(end) = row.state else { return };
    let group = &mut state.meta.group;
    let from = row.pin.unwrap_or(row.low);
    let from = group.pending[usize::from(old)].map_or(from, |(earlier, _)| earlier.min(from));
    group.pending[usize::from(old)] = Some((from, end));
    group.leader = epoch;
    group.epoch += 1;
    group.target = None;
    group.moved_by = None;
}

pub(crate) fn read_manifest(state: &mut State, process: u8) {
    let manifest = state.store.manifest.clone();
    state.process_mut(process).role = Role::Reading(manifest);
}

pub(crate) fn lead(model: &Wal, state: &mut State, process: u8) {
    let known = state.process(process).clone();
    let group = state.meta.group.clone();
    if let Some(offer) = offered_state(model, state, process) {
        state.process_mut(process).lead(group.epoch, offer.log, offer.holds);
        state.seen.handed_over = true;
        state.seen.leader = Some(process);
        return;
    }
    let Role::Reading(manifest) = &known.role else {
        read_manifest(state, process);
        return;
    };
    let foreign = manifest.owner != known.epoch && manifest.pg_epoch >= group.epoch;
    let ahead = if model.has(Bug::EqualPgEpochServed) {
        manifest.pg_epoch > group.epoch
    } else {
        foreign || manifest.pg_epoch > group.epoch
    };
    match recovered(state, manifest) {
        Some(log) if !ahead => {
            let mut holds = manifest.covered;
            for (holds, pending) in holds.iter_mut().zip(&group.pending) {
                *holds = pending.map_or(*holds, |(_, bound)| bound.max(*holds));
            }
            state.process_mut(process).lead(group.epoch, log, holds);
            let known = state.process_mut(process);
            known.recovered_from = manifest.version;
            known.claimed = manifest.owner == known.epoch && manifest.pg_epoch == group.epoch;
            state.seen.took_over |= group.moved_by.is_none();
            state.seen.leader = Some(process);
        }
        _ => {
            state.process_mut(process).role = Role::Refused;
            state.seen.false_alarm |= state.store.lost.is_none() && !state.restored;
        }
    }
}

/// What the old leader sent, if it belongs to the attempt that the metadata committed.
fn offered_state(model: &Wal, state: &State, process: u8) -> Option<Offer> {
    let offer = state.process(process).offered.as_ref()?;
    let committed = state.meta.group.moved_by == Some(offer.attempt);
    (committed || model.has(Bug::OfferOfOtherAttempt)).then(|| offer.clone())
}

/// The manifest, and after it what the pending ranges hold; none when they leave a hole.
fn recovered(state: &State, manifest: &Manifest) -> Option<Log> {
    let mut log = manifest.log.clone();
    let mut slots = Vec::new();
    for (epoch, pending) in (0_u8..).zip(&state.meta.group.pending) {
        let Some((from, bound)) = *pending else { continue };
        for slot in from.max(manifest.covered[usize::from(epoch)])..bound {
            match state.slot(epoch, slot) {
                Slot::Data(data) => slots.push(data),
                Slot::Absent | Slot::Seal => return None,
            }
        }
    }
    slots.sort_by_key(|data| data.offset);
    for data in slots {
        if data.offset != log.length {
            return None;
        }
        log.push(data.value);
    }
    Some(log)
}
