use stateright::{Model, Property};

use super::state::{SEGMENTS, State, Write};
use super::{collector, manifests};
use crate::bug::Bug;

/// Segments, their manifests and their collection, with at most one planted bug.
#[derive(Clone, Debug)]
pub(crate) struct Segments {
    pub(crate) bug: Option<Bug>,
}

/// One step of one actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Upload(u8),
    Publish {
        segment: u8,
        group: u8,
        merge: bool,
    },
    Branch {
        epoch: u8,
        group: u8,
    },
    Apply(Write),
    GiveUp {
        epoch: u8,
        group: u8,
    },
    Settle {
        epoch: u8,
        group: u8,
    },
    Drop(u8),
    Claim {
        epoch: u8,
        group: u8,
    },
    /// A placement group goes from epoch 0 to epoch 1, by handover or after the seal.
    Move(u8),
    Seal,
    List,
    Read(u8),
    Collect,
}

impl Segments {
    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }
}

impl Model for Segments {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::initial()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.extend(state.flight.iter().map(|write| Action::Apply(*write)));
        manifests::actions(self, state, actions);
        collector::actions(self, state, actions);
        if !state.sealed {
            actions.push(Action::Seal);
        }
        actions.extend(
            (0..2).filter(|group| state.leaders[usize::from(*group)] == 0).map(Action::Move),
        );
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Upload(segment) => manifests::upload(&mut state, segment),
            Action::Publish { segment, group, merge } => {
                manifests::publish(&mut state, segment, group, merge);
            }
            Action::Branch { epoch, group } => manifests::branch(&mut state, epoch, group),
            Action::Apply(write) => {
                state.flight.retain(|other| *other != write);
                manifests::apply(&mut state, write);
            }
            Action::GiveUp { epoch, group } => manifests::give_up(&mut state, epoch, group),
            Action::Settle { epoch, group } => manifests::settle(self, &mut state, epoch, group),
            Action::Drop(segment) => manifests::drop_own(&mut state, segment),
            Action::Claim { epoch, group } => manifests::claim(&mut state, epoch, group),
            Action::Move(group) => state.leaders[usize::from(group)] = 1,
            Action::Seal => state.sealed = true,
            Action::List => collector::list(self, &mut state),
            Action::Read(group) => collector::read(&mut state, group),
            Action::Collect => collector::collect(self, &mut state),
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("I8 no manifest names a missing segment", |_, state: &State| {
                state.references() & !state.stored == 0
            }),
            Property::sometimes("a merge replaces a segment", |_, state: &State| state.seen.merged),
            Property::sometimes("a creator removes a leftover", |_, state: &State| {
                state.seen.tidied
            }),
            Property::sometimes("a segment is collected", |_, state: &State| state.seen.collected),
            Property::sometimes("both groups have moved and publish", |_, state: &State| {
                state
                    .manifests
                    .iter()
                    .all(|manifest| manifest.owner == 1 && manifest.names >> SEGMENTS != 0)
            }),
        ]
    }
}
