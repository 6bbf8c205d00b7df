//! Collection of segments that nobody names.

use super::model::{Action, Segments};
use super::state::{Collector, Manifest, SEGMENTS, State, Write, bit, creator};
use crate::bug::Bug;

pub(crate) fn actions(model: &Segments, state: &State, actions: &mut Vec<Action>) {
    match state.collector {
        // A pass that would find nothing stored is not worth a state.
        Collector::Idle if state.stored == 0 => {}
        Collector::Idle => actions.push(first(model)),
        Collector::Working { listed, read } => actions.push(match (listed, read) {
            (None, [Some(_), Some(_)]) => Action::List,
            (_, [None, _]) => Action::Read(0),
            (_, [Some(_), None]) => Action::Read(1),
            (Some(_), [Some(_), Some(_)]) => Action::Collect,
        }),
    }
}

fn first(model: &Segments) -> Action {
    if model.has(Bug::ManifestsBeforeList) { Action::Read(0) } else { Action::List }
}

pub(crate) fn list(model: &Segments, state: &mut State) {
    let (_, read) = progress(state);
    // The bug looks at nothing but what an earlier pass saw named.
    let known = if model.has(Bug::UnnamedIsEnough) { state.named } else { u8::MAX };
    state.collector = Collector::Working { listed: Some(state.stored & known), read };
}

pub(crate) fn read(state: &mut State, group: u8) {
    let (listed, mut read) = progress(state);
    read[usize::from(group)] = Some(*state.manifest(group));
    state.collector = Collector::Working { listed, read };
}

fn progress(state: &State) -> (Option<u8>, [Option<Manifest>; 2]) {
    match state.collector {
        Collector::Idle => (None, [None; 2]),
        Collector::Working { listed, read } => (listed, read),
    }
}

pub(crate) fn collect(model: &Segments, state: &mut State) {
    let (Some(listed), [Some(first), Some(second)]) = progress(state) else { return };
    state.collector = Collector::Idle;
    let unnamed = listed & !(first.names | second.names);
    for segment in (0..2 * SEGMENTS).filter(|segment| unnamed & bit(*segment) != 0) {
        let maker = creator(segment);
        let sealed = maker == 0 && state.sealed;
        let owns = first.owner == maker || second.owner == maker;
        let ended = sealed && (!owns || model.has(Bug::NoClaim));
        if ended || model.has(Bug::UnnamedIsEnough) {
            state.seen.collected = true;
            state.send(Write::Delete(segment));
        }
    }
}
