//! Writers of manifests: publish, merge, claim, settle, and a creator's own leftovers.

use super::model::{Action, Segments};
use super::state::{Commit, SEGMENTS, State, Write, bit, creator};
use crate::bug::Bug;

pub(crate) fn actions(model: &Segments, state: &State, actions: &mut Vec<Action>) {
    for segment in 0..2 * SEGMENTS {
        let epoch = creator(segment);
        if state.uploaded & bit(segment) == 0 && (epoch == 0 || state.leaders != [0, 0]) {
            actions.push(Action::Upload(segment));
        }
        if may_drop(state, segment) {
            actions.push(Action::Drop(segment));
        }
    }
    for group in 0..2 {
        for epoch in 0..2 {
            writer_actions(model, state, epoch, group, actions);
        }
    }
}

fn writer_actions(
    model: &Segments,
    state: &State,
    epoch: u8,
    group: u8,
    actions: &mut Vec<Action>,
) {
    let manifest = state.manifest(group);
    let leads = state.leaders[usize::from(group)] == epoch;
    if leads && manifest.owner != epoch && !model.has(Bug::NoClaim) {
        actions.push(Action::Claim { epoch, group });
    }
    match state.commit(epoch, group) {
        Commit::Waiting(_) => actions.push(Action::GiveUp { epoch, group }),
        Commit::Doubtful(_) => actions.push(Action::Settle { epoch, group }),
        Commit::Settled => {
            let writes = manifest.owner == epoch || (model.has(Bug::NoClaim) && leads);
            for segment in epoch * SEGMENTS..(epoch + 1) * SEGMENTS {
                let sent = state.sent[usize::from(group)];
                let usable = state.uploaded & !state.dropped & !sent & bit(segment) != 0;
                if writes && usable {
                    actions.push(Action::Publish { segment, group, merge: false });
                    if manifest.names != 0 {
                        actions.push(Action::Publish { segment, group, merge: true });
                    }
                }
            }
            let other = state.manifest(1 - group).names & !manifest.names;
            let branches = model.has(Bug::BranchWithoutMark) && !state.branched;
            if branches && writes && other != 0 {
                actions.push(Action::Branch { epoch, group });
            }
        }
    }
}

pub(crate) fn upload(state: &mut State, segment: u8) {
    state.uploaded |= bit(segment);
    state.stored |= bit(segment);
}

/// Sends a CAS that adds a segment, or that puts it in the place of all others.
pub(crate) fn publish(state: &mut State, segment: u8, group: u8, merge: bool) {
    state.sent[usize::from(group)] |= bit(segment);
    let names = if merge { 0 } else { state.manifest(group).names };
    commit(state, creator(segment), group, names | bit(segment));
}

/// Sends a CAS that names whatever the other manifest names: a branch.
pub(crate) fn branch(state: &mut State, epoch: u8, group: u8) {
    state.branched = true;
    commit(state, epoch, group, state.references());
}

fn commit(state: &mut State, epoch: u8, group: u8, names: u8) {
    let version = state.manifest(group).version;
    *state.commit_mut(epoch, group) = Commit::Waiting(version);
    state.send(Write::Commit { epoch, group, version, names });
}

pub(crate) fn apply(state: &mut State, write: Write) {
    match write {
        Write::Commit { epoch, group, version, names } => {
            if state.commit(epoch, group) == Commit::Waiting(version) {
                *state.commit_mut(epoch, group) = Commit::Settled;
            }
            let manifest = &mut state.manifests[usize::from(group)];
            if manifest.version == version {
                state.seen.merged |= manifest.names & !names != 0;
                manifest.version += 1;
                manifest.names = names;
                state.named |= names;
            }
        }
        Write::Delete(segment) => state.stored &= !bit(segment),
    }
}

pub(crate) fn claim(state: &mut State, epoch: u8, group: u8) {
    let manifest = &mut state.manifests[usize::from(group)];
    manifest.owner = epoch;
    manifest.version += 1;
}

pub(crate) fn give_up(state: &mut State, epoch: u8, group: u8) {
    if let Commit::Waiting(version) = state.commit(epoch, group) {
        *state.commit_mut(epoch, group) = Commit::Doubtful(version);
    }
}

/// F0: a doubtful CAS is settled when the version that it compares is gone, by a write of one's own if need be.
pub(crate) fn settle(model: &Segments, state: &mut State, epoch: u8, group: u8) {
    if let Commit::Doubtful(version) = state.commit(epoch, group) {
        *state.commit_mut(epoch, group) = Commit::Settled;
        let manifest = &mut state.manifests[usize::from(group)];
        if manifest.version == version && !model.has(Bug::DeleteAfterReadBack) {
            manifest.version += 1;
        }
    }
}

/// A creator removes its own leftover once no CAS of its own is open and no manifest names it.
fn may_drop(state: &State, segment: u8) -> bool {
    let settled = state.commits[usize::from(creator(segment))] == [Commit::Settled; 2];
    let unnamed = state.references() & bit(segment) == 0;
    settled && unnamed && state.uploaded & !state.dropped & bit(segment) != 0
}

pub(crate) fn drop_own(state: &mut State, segment: u8) {
    state.dropped |= bit(segment);
    state.seen.tidied = true;
    state.send(Write::Delete(segment));
}
