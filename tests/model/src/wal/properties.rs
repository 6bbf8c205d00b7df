//! What must hold in every state, and what must be possible.

use stateright::Property;

use super::config::Config;
use super::model::Wal;
use super::process::Phase;
use super::state::{Life, OFFSETS, Slot, State, Value};

type Rule = (&'static str, fn(&Wal, &State) -> bool);

const ALWAYS: &[Rule] = &[
    ("I1 the leader has every acknowledged record", leader_has_acknowledged),
    ("I1 every acknowledged record is stored", |_, state| stored_has_acknowledged(state)),
    ("I5 one record per offset is acknowledged", |_, state| {
        !state.seen.fork || state.seen.untraceable
    }),
    ("I6 nothing is acknowledged at or above a seal", |model, state| seal_bounds(model, state)),
    ("I7 what lies below an acknowledged slot is durable", |_, state| !state.seen.gap),
    ("I8 no slot that is needed is missing", |_, state| durable(state).is_some()),
    ("F3 no alarm without a loss", |_, state| !state.seen.false_alarm),
    ("F8 a decision sees what was acknowledged before", |_, state| !state.seen.stale),
];

const SOMETIMES: &[Rule] = &[
    ("a takeover completes", |_, state| state.seen.took_over),
    ("a handover completes", |_, state| state.seen.handed_over),
    ("a cancelled handover is resumed", |_, state| state.seen.resumed),
    ("a slot is collected", |_, state| state.seen.collected),
    ("a loss is noticed", |_, state| state.seen.alarmed),
    ("a loss leaves no trace", |_, state| state.seen.untraceable),
    ("a decision is answered", |_, state| state.question == super::state::Question::Answered),
    ("the last leader acknowledges", |_, state| last_leader_acknowledges(state)),
];

pub(crate) fn of(config: &Config) -> Vec<Property<Wal>> {
    let always = ALWAYS.iter().map(|(name, rule)| Property::always(name, *rule));
    let reached = SOMETIMES.iter().filter(|(name, _)| config.reaches.contains(name));
    always.chain(reached.map(|(name, rule)| Property::sometimes(name, *rule))).collect()
}

/// Whatever was acknowledged by anyone is in the log of the process that became leader last, unless the only
/// slot that held it vanished and no other slot ever told of it.
fn leader_has_acknowledged(model: &Wal, state: &State) -> bool {
    let Some(leader) = state.seen.leader else { return true };
    let leader = state.process(leader);
    // One that claims first and lost the claim will never serve.
    let serves = leader.phase != Phase::Ended && (leader.claimed || !model.claims_first());
    if !serves || state.seen.untraceable {
        return true;
    }
    acknowledged(state).all(|(offset, value)| leader.log.at(offset) == Some(value))
}

fn acknowledged(state: &State) -> impl Iterator<Item = (u8, Value)> + '_ {
    (0_u8..).zip(state.seen.acknowledged).filter(|(_, value)| *value != 0)
}

/// What a reader of bucket and metadata alone would find. After a loss or a restore that is not promised.
fn stored_has_acknowledged(state: &State) -> bool {
    if state.store.lost.is_some() || state.restored {
        return true;
    }
    durable(state).is_none_or(|stored| {
        acknowledged(state).all(|(offset, value)| stored[usize::from(offset)] == value)
    })
}

/// Manifest, pending ranges and the leader's slots together; none when a slot that is needed is missing.
fn durable(state: &State) -> Option<[Value; OFFSETS]> {
    let manifest = &state.store.manifest;
    let mut stored = manifest.log.values;
    let broken = state.store.lost.is_some() || state.restored;
    for (epoch, pending) in (0_u8..).zip(&state.meta.group.pending) {
        let Some((from, bound)) = *pending else { continue };
        for slot in from.max(manifest.covered[usize::from(epoch)])..bound {
            match state.slot(epoch, slot) {
                Slot::Data(data) => stored[usize::from(data.offset)] = data.value,
                Slot::Absent | Slot::Seal if broken => {}
                Slot::Absent | Slot::Seal => return None,
            }
        }
    }
    let leader = state.meta.group.leader;
    let row = state.row(leader);
    let mut slot = row.low.max(manifest.covered[usize::from(leader)]);
    while let Slot::Data(data) = state.slot(leader, slot) {
        stored[usize::from(data.offset)] = data.value;
        slot += 1;
    }
    let short = matches!(row.state, Life::Sealed(end) if slot < end);
    (!short || broken).then_some(stored)
}

fn seal_bounds(model: &Wal, state: &State) -> bool {
    state.processes.iter().take(usize::from(model.config.processes)).all(|process| {
        let life = state.row(process.epoch).state;
        let Life::Sealed(end) = life else { return true };
        state.seen.untraceable || u32::from(end) + process.acknowledged.leading_zeros() >= u8::BITS
    })
}

/// A leader that is not the first one acknowledges a record of its own.
fn last_leader_acknowledges(state: &State) -> bool {
    let leader = state.seen.leader.map(|leader| state.process(leader));
    leader.is_some_and(|leader| leader.acknowledged != 0 && leader.epoch != 0)
}
