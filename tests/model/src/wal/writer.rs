//! The writer of a WAL: F1 (prefix), F2 (compare), F8 (fresh).

use super::action::Action;
use super::model::Wal;
use super::process::{Phase, bit, value_of};
use super::state::{Data, Question, Slot, State, Write};
use crate::bug::Bug;

/// W: most slots in flight.
pub(crate) const WINDOW: u8 = 2;

pub(crate) fn actions(model: &Wal, state: &State, actions: &mut Vec<Action>) {
    for process in 0..model.config.processes {
        let known = state.process(process);
        if !known.is_live() {
            continue;
        }
        let room = known.next < model.config.slots[usize::from(process)]
            && known.next < known.frontier() + WINDOW
            && !known.log.is_full()
            && (known.claimed || !model.claims_first());
        if known.is_leader() && room {
            actions.push(Action::Append(process));
        }
        for slot in 0..known.next {
            if may_acknowledge(model, state, process, slot) {
                actions.push(Action::Acknowledge { process, slot });
            }
        }
        if model.config.question && known.is_leader() && state.question == Question::None {
            actions.push(Action::Ask(process));
        }
        if may_answer(model, state, process) {
            actions.push(Action::Answer(process));
        }
    }
    for write in &state.flight {
        actions.push(Action::Apply(write.clone()));
        if model.config.copies && !state.copied && matches!(write, Write::Put { .. }) {
            actions.push(Action::ApplyUnheard(write.clone()));
        }
    }
}

pub(crate) fn append(state: &mut State, process: u8) {
    let known = state.process_mut(process);
    let slot = known.next;
    let (offset, value) = (known.log.length, value_of(process, slot));
    let data = Data { writer: process, frontier: known.frontier(), offset, value };
    known.next += 1;
    known.log.push(value);
    state.send(Write::Put { slot, data });
}

/// Put-if-absent of a data slot; the answer reaches the writer when `heard`.
pub(crate) fn put(model: &Wal, state: &mut State, slot: u8, data: Data, heard: bool) {
    let process = data.writer;
    let epoch = state.process(process).epoch;
    let mine = match state.slot(epoch, slot) {
        Slot::Absent => {
            state.set_slot(epoch, slot, Slot::Data(data));
            state.seen.landed[usize::from(process)] |= bit(slot);
            true
        }
        Slot::Seal => false,
        Slot::Data(found) => same_slot(model, state, found, data),
    };
    if !heard {
        return;
    }
    let known = state.process_mut(process);
    if mine {
        known.known |= bit(slot);
    } else {
        known.phase = Phase::Ended;
    }
}

/// F2: the whole header is compared, and the CRC of the body is in it.
fn same_slot(model: &Wal, state: &State, found: Data, sent: Data) -> bool {
    if model.has(Bug::HeaderWithoutCrc) {
        state.process(found.writer).nonce == state.process(sent.writer).nonce
    } else {
        found == sent
    }
}

fn may_acknowledge(model: &Wal, state: &State, process: u8, slot: u8) -> bool {
    let known = state.process(process);
    let ready = known.known & bit(slot) != 0 && known.acknowledged & bit(slot) == 0;
    ready && (model.has(Bug::AckBeforePrefix) || slot == known.acknowledged_prefix())
}

pub(crate) fn acknowledge(state: &mut State, process: u8, slot: u8) {
    let value = value_of(process, slot);
    let known = state.process_mut(process);
    known.acknowledged |= bit(slot);
    let Some(offset) = known.log.values.iter().position(|appended| *appended == value) else {
        return;
    };
    known.high_watermark = known.high_watermark.max(u8::try_from(offset + 1).unwrap_or(u8::MAX));
    let below = bit(slot) | (bit(slot) - 1);
    let landed = state.seen.landed[usize::from(process)];
    state.seen.gap |= landed & below != below;
    let noted = &mut state.seen.acknowledged[offset];
    state.seen.fork |= *noted != 0 && *noted != value;
    *noted = value;
}

pub(crate) fn ask(state: &mut State, process: u8) {
    let after = state.process(process).next;
    let acknowledged = state.seen.acknowledged_end();
    state.question = Question::Asked { process, acknowledged, after };
}

/// F8: a decision waits for one durable slot that was sent after the request arrived.
fn may_answer(model: &Wal, state: &State, process: u8) -> bool {
    let Question::Asked { process: asked, after, .. } = state.question else { return false };
    let known = state.process(process);
    let fresh = if model.has(Bug::StaleReader) {
        true
    } else if model.has(Bug::ProofAboveGap) {
        known.known >> after != 0
    } else {
        known.frontier() > after
    };
    asked == process && known.is_leader() && fresh
}

pub(crate) fn answer(state: &mut State) {
    let Question::Asked { process, acknowledged, .. } = state.question else { return };
    state.seen.stale |= state.process(process).high_watermark < acknowledged;
    state.question = Question::Answered;
}
