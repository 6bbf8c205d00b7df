use stateright::{Model, Property};

use super::action::Action;
use super::config::Config;
use super::process::{Phase, Process};
use super::sealer::Sealer;
use super::state::{
    EPOCHS, Group, Life, Log, Manifest, Meta, OFFSETS, Question, Row, SLOTS, Seen, Slot, State,
    Store, Write,
};
use super::{compaction, disaster, handover, properties, takeover, writer};
use crate::bug::Bug;

/// The fencing protocol in one small world, with at most one planted bug.
#[derive(Clone, Debug)]
pub(crate) struct Wal {
    pub(crate) config: Config,
    pub(crate) bug: Option<Bug>,
}

impl Wal {
    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Whether a new leader claims the manifest before it appends anything.
    pub(crate) fn claims_first(&self) -> bool {
        self.config.claim_first && !self.has(Bug::AppendBeforeClaim)
    }

    /// Epochs that can ever exist.
    pub(crate) fn epochs(&self) -> u8 {
        self.config.processes
    }

    fn initial(&self) -> State {
        let running = |index: u8| index < self.config.running;
        let row = |index| Row {
            state: if running(index) { Life::Active } else { Life::Unknown },
            low: 0,
            pin: None,
            version: 0,
            stray: false,
        };
        let mut processes = [0, 1, 2].map(|index| {
            let phase = if running(index) { Phase::Live } else { Phase::Unborn };
            Process { phase, ..Process::unborn(index) }
        });
        processes[0].lead(1, Log::default(), [0; EPOCHS]);
        processes[0].claimed = true;
        if self.config.clone {
            processes[1] = processes[0].clone();
        }
        let state = State {
            store: Store {
                births: [0, 1, 2].map(running),
                wal: [[Slot::Absent; SLOTS]; EPOCHS],
                manifest: Manifest {
                    version: 0,
                    owner: 0,
                    pg_epoch: 1,
                    covered: [0; EPOCHS],
                    log: Log::default(),
                },
                lost: None,
            },
            meta: Meta {
                epochs: [0, 1, 2].map(row),
                group: Group {
                    leader: 0,
                    epoch: 1,
                    attempt: 0,
                    target: None,
                    moved_by: None,
                    pending: [None; EPOCHS],
                },
            },
            backup: None,
            restored: false,
            processes,
            sealers: vec![Sealer::Idle; usize::from(self.config.sealers)],
            flight: Vec::new(),
            question: Question::None,
            copied: false,
            seen: Seen { acknowledged: [0; OFFSETS], ..Seen::default() },
        };
        if self.config.old_copy { with_old_copy(state) } else { state }
    }

    fn apply_write(&self, state: &mut State, write: &Write, heard: bool) {
        if heard {
            state.flight.retain(|other| other != write);
        } else {
            state.copied = true;
        }
        match *write {
            Write::Put { slot, data } => writer::put(self, state, slot, data, heard),
            Write::Delete { epoch, slot } => compaction::delete(state, epoch, slot),
            Write::Handover { .. } => handover::apply(self, state, write),
        }
    }

    fn step(&self, state: &mut State, action: Action) {
        match action {
            Action::Append(process) => writer::append(state, process),
            Action::Apply(write) => self.apply_write(state, &write, true),
            Action::ApplyUnheard(write) => self.apply_write(state, &write, false),
            Action::Acknowledge { process, slot } => writer::acknowledge(state, process, slot),
            Action::Ask(process) => writer::ask(state, process),
            Action::Answer(_) => writer::answer(state),
            Action::Fence(epoch) => takeover::fence(state, epoch),
            Action::Peek { sealer, epoch } => takeover::peek(state, sealer, epoch),
            Action::Start { sealer, epoch } => takeover::start(state, sealer, epoch),
            Action::Barrier(sealer) => takeover::barrier(state, sealer),
            Action::Walk(sealer) => takeover::walk(state, sealer),
            Action::CommitSealed(sealer) => takeover::commit_sealed(self, state, sealer),
            Action::Assign(process) => takeover::assign(state, process),
            Action::ReadManifest(process) => takeover::read_manifest(state, process),
            Action::Lead(process) => takeover::lead(self, state, process),
            Action::Offer(process) => handover::offer(state, process),
            Action::Stop(process) => handover::stop(state, process),
            Action::HandOver(process) => handover::hand_over(state, process),
            Action::Cancel => handover::cancel(state),
            Action::Resume(process) => handover::resume(state, process),
            Action::Leave(process) => handover::leave(state, process),
            Action::Plan(process) => compaction::plan(self, state, process),
            Action::Cas(process) => compaction::cas(self, state, process),
            Action::Report(process) => compaction::report(state, process),
            Action::CommitReport(process) => compaction::commit_report(self, state, process),
            Action::Unpin { epoch, .. } => compaction::unpin(state, epoch),
            Action::Retire(epoch) => compaction::retire(state, epoch),
            Action::Collect { epoch, slot } => compaction::collect(state, epoch, slot),
            Action::Lose { epoch, slot } => disaster::lose(state, epoch, slot),
            Action::Backup => disaster::backup(state),
            Action::Restore => disaster::restore(state),
            Action::FenceStray(epoch) => takeover::fence_stray(state, epoch),
            Action::Bear(process) => disaster::bear(self, state, process),
            Action::Register(process) => disaster::register(state, process),
        }
    }
}

impl Model for Wal {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.initial()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        writer::actions(self, state, actions);
        takeover::actions(self, state, actions);
        handover::actions(self, state, actions);
        compaction::actions(self, state, actions);
        disaster::actions(self, state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.step(&mut state, action);
        // The sealers differ in nothing but their place: states that swap them are one.
        state.sealers.sort_unstable();
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(&self.config)
    }
}

/// Epoch 0 is sealed; epoch 1 was born after the copy was made, and leads.
fn with_old_copy(mut state: State) -> State {
    state.processes[0] = Process { phase: Phase::Ended, ..Process::unborn(0) };
    state.set_slot(0, 0, Slot::Seal);
    state.meta.epochs[0].state = Life::Sealed(0);
    let mut copy = state.meta.clone();
    copy.epochs[1].state = Life::Unknown;
    state.backup = Some(copy);
    state.meta.group.leader = 1;
    state.meta.group.epoch = 2;
    state.processes[1].lead(2, Log::default(), [0; EPOCHS]);
    state.seen.leader = Some(1);
    state
}
