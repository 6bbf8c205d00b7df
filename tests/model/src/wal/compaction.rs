//! Manifests (F7: claim), the lowest needed slot, pins, and what they let go.

use super::action::Action;
use super::model::Wal;
use super::process::{Plan, Role};
use super::state::{Life, Slot, State, Write};
use crate::bug::Bug;

pub(crate) fn actions(model: &Wal, state: &State, actions: &mut Vec<Action>) {
    if !model.config.compaction {
        return;
    }
    for process in 0..model.config.processes {
        let known = state.process(process);
        if known.plan.is_some() {
            actions.push(Action::Cas(process));
        } else if known.is_live() && plan_of(model, state, process).is_some() {
            actions.push(Action::Plan(process));
        }
        for epoch in 0..model.epochs() {
            if may_unpin(model, state, process, epoch) {
                actions.push(Action::Unpin { process, epoch });
            }
        }
        if !model.config.collection {
            continue;
        }
        if known.report.is_some() {
            actions.push(Action::CommitReport(process));
        } else if known.is_live() && report_of(state, process).is_some() {
            actions.push(Action::Report(process));
        }
    }
    if model.config.collection {
        collection_actions(model, state, actions);
    }
}

fn collection_actions(model: &Wal, state: &State, actions: &mut Vec<Action>) {
    for epoch in 0..model.epochs() {
        let row = state.row(epoch);
        if let Life::Sealed(end) = row.state
            && row.pin.is_none()
            && row.low < end
        {
            actions.push(Action::Retire(epoch));
        }
        for (slot, content) in (0_u8..).zip(&state.store.wal[usize::from(epoch)]) {
            let sent = state.flight.contains(&Write::Delete { epoch, slot });
            if !sent && may_collect(model, state, epoch, slot, *content) {
                actions.push(Action::Collect { epoch, slot });
            }
        }
    }
}

/// The next CAS of the manifest: the claim first, then everything that became durable.
fn plan_of(model: &Wal, state: &State, process: u8) -> Option<Plan> {
    let known = state.process(process);
    let manifest = &state.store.manifest;
    let pg_epoch = known.pg_epoch()?;
    let mut plan = Plan {
        version: manifest.version,
        claim: false,
        pg_epoch,
        covered: manifest.covered,
        log: manifest.log.clone(),
    };
    if manifest.owner != known.epoch && !model.has(Bug::NoClaim) {
        plan.claim = true;
        if model.claims_first() && !model.has(Bug::ClaimOnNewerVersion) {
            plan.version = known.recovered_from;
        }
        let equal = manifest.pg_epoch == pg_epoch && model.has(Bug::EqualPgEpochServed);
        return (manifest.pg_epoch < pg_epoch || equal).then_some(plan);
    }
    for (covered, holds) in plan.covered.iter_mut().zip(known.holds) {
        *covered = holds.max(*covered);
    }
    let own = &mut plan.covered[usize::from(known.epoch)];
    *own = known.acknowledged_prefix().max(*own);
    plan.log = known.log.first(known.high_watermark);
    (plan.covered != manifest.covered).then_some(plan)
}

pub(crate) fn plan(model: &Wal, state: &mut State, process: u8) {
    let plan = plan_of(model, state, process);
    state.process_mut(process).plan = plan;
}

/// The CAS reaches the bucket. Nobody need be alive for that.
pub(crate) fn cas(model: &Wal, state: &mut State, process: u8) {
    let known = &mut state.processes[usize::from(process)];
    let epoch = known.epoch;
    let Some(plan) = known.plan.take() else { return };
    let manifest = &mut state.store.manifest;
    if manifest.version != plan.version {
        if plan.claim && model.claims_first() {
            // Nothing is appended yet: it recovers again, from what it finds.
            known.role = Role::Idle;
        }
        return;
    }
    manifest.version += 1;
    if plan.claim {
        manifest.owner = epoch;
        manifest.pg_epoch = plan.pg_epoch;
        known.claimed = known.pg_epoch() == Some(plan.pg_epoch);
    }
    if !model.has(Bug::NoClaim) {
        debug_assert_eq!(manifest.owner, epoch, "a version has one owner");
    }
    manifest.covered = plan.covered;
    manifest.log = plan.log;
}

/// `wal_low` is bounded by what the manifest covers of the placement group that it leads.
fn report_of(state: &State, process: u8) -> Option<(u8, u8)> {
    let known = state.process(process);
    let row = state.row(known.epoch);
    let low = if known.pg_epoch().is_some() {
        state.store.manifest.covered[usize::from(known.epoch)]
    } else {
        known.acknowledged_prefix()
    };
    (row.state == Life::Active && low > row.low).then_some((low, row.version))
}

pub(crate) fn report(state: &mut State, process: u8) {
    let report = report_of(state, process);
    state.process_mut(process).report = report;
}

pub(crate) fn commit_report(model: &Wal, state: &mut State, process: u8) {
    let known = state.process_mut(process);
    let epoch = known.epoch;
    let Some((low, version)) = known.report.take() else { return };
    let row = state.row_mut(epoch);
    let alive = row.state == Life::Active
        || (model.has(Bug::LowMovesWhenFenced) && row.state == Life::Fenced);
    let same = row.version == version || model.has(Bug::ReportWithoutVersion);
    let needed = row.pin.is_some_and(|pin| pin < low);
    if alive && same && !needed && low > row.low {
        row.low = low;
        row.version += 1;
    }
}

/// A new leader lets the slots of an earlier epoch go once its own manifest covers them.
fn may_unpin(model: &Wal, state: &State, process: u8, epoch: u8) -> bool {
    let known = state.process(process);
    let manifest = &state.store.manifest;
    let Some((_, bound)) = state.meta.group.pending[usize::from(epoch)] else { return false };
    let leads = known.is_live()
        && state.meta.group.leader == known.epoch
        && known.pg_epoch() == Some(state.meta.group.epoch)
        && state.row(known.epoch).state == Life::Active;
    let claimed = manifest.owner == known.epoch
        || model.has(Bug::NoClaim)
        || model.has(Bug::UnpinBeforeClaim);
    leads && claimed && manifest.covered[usize::from(epoch)] >= bound
}

pub(crate) fn unpin(state: &mut State, epoch: u8) {
    state.meta.group.pending[usize::from(epoch)] = None;
    let row = state.row_mut(epoch);
    row.pin = None;
    row.version += 1;
}

pub(crate) fn retire(state: &mut State, epoch: u8) {
    let row = state.row_mut(epoch);
    if let Life::Sealed(end) = row.state {
        row.low = end;
        row.version += 1;
    }
}

/// Slots below `wal_low`, and above a committed seal; F4: never a SEAL.
fn may_collect(model: &Wal, state: &State, epoch: u8, slot: u8, content: Slot) -> bool {
    let row = state.row(epoch);
    let above = matches!(row.state, Life::Sealed(end) if slot > end);
    match content {
        Slot::Absent => false,
        Slot::Data(_) => above || slot < row.low,
        Slot::Seal => {
            let retired = matches!(row.state, Life::Sealed(end) if row.low >= end);
            model.has(Bug::SealCollected) && retired
        }
    }
}

pub(crate) fn collect(state: &mut State, epoch: u8, slot: u8) {
    state.send(Write::Delete { epoch, slot });
}

pub(crate) fn delete(state: &mut State, epoch: u8, slot: u8) {
    state.seen.collected |= matches!(state.slot(epoch, slot), Slot::Data(_));
    state.set_slot(epoch, slot, Slot::Absent);
}
