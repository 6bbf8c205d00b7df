//! What the controller does next, as a pure function of what is committed and what was heard.
//!
//! Every step follows from the state alone: fenced, so it is sealed; sealed, so its groups go elsewhere.
//! A controller that begins in the middle goes on where the last one stopped.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use storage::meta::{BrokerRow, CellState, EpochState, MetaOp};

use super::detect::{Why, detect};
use super::liveness::Liveness;
use super::load::{Loads, Signal};
use super::movement::{Movement, shares};
use super::place::place;
use super::settings::ControllerSettings;

/// What there is to decide on.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What is committed.
    pub state: &'a CellState,
    /// What was heard of the brokers.
    pub liveness: &'a Liveness,
    /// What is remembered of the groups.
    pub movement: &'a Movement,
    /// How much groups are used.
    pub loads: &'a Loads,
    /// Thresholds.
    pub settings: &'a ControllerSettings,
    /// The epoch of the controller's own broker.
    pub me: u64,
    /// Placement groups of the cell.
    pub groups: u32,
    /// How many brokers somebody asked for.
    pub brokers_wanted: Option<u32>,
    /// Time on the monotonic clock.
    pub now: Duration,
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing is committed for an epoch any more.
    Fence {
        /// The epoch.
        epoch: u64,
        /// Why.
        why: Why,
    },
    /// Find the end of a fenced log, and commit it.
    Seal {
        /// The epoch.
        epoch: u64,
    },
    /// Somebody leads a group that nobody led.
    Assign {
        /// The group.
        pg: u32,
        /// The leader.
        epoch: u64,
        /// The next leader epoch.
        pg_epoch: i32,
    },
    /// A group is to move.
    Plan {
        /// The group.
        pg: u32,
        /// Where to.
        to: u64,
    },
    /// A move is given up.
    Cancel {
        /// The group.
        pg: u32,
        /// The attempt.
        attempt: u64,
    },
    /// A broker is to hand over all it leads.
    Drain {
        /// Its epoch.
        epoch: u64,
    },
}

impl Action {
    /// The change of metadata that this is; none for a seal, whose end has to be found first.
    #[must_use]
    pub fn op(&self, state: &CellState) -> Option<MetaOp> {
        Some(match *self {
            Self::Seal { .. } => return None,
            Self::Fence { epoch, .. } => MetaOp::FenceEpoch { epoch },
            Self::Assign { pg, epoch, pg_epoch } => MetaOp::Lead { pg, epoch, pg_epoch },
            Self::Plan { pg, to } => {
                let attempt = state.pgs().get(&pg)?.attempt + 1;
                MetaOp::PlanMove { pg, to, attempt }
            }
            Self::Cancel { pg, attempt } => MetaOp::CancelMove { pg, attempt },
            Self::Drain { epoch } => {
                let row = state.brokers().get(&epoch)?.clone();
                MetaOp::RegisterBroker(BrokerRow { draining: true, ..row })
            }
        })
    }
}

/// Something that needs somebody's eyes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// Many brokers went quiet at once. They are not fenced for now.
    SilentTogether(Vec<u64>),
    /// Several brokers, or the controller's own, wait for the store. They are not fenced.
    StoreIll(Vec<u64>),
    /// So many groups have no leader, and no broker can take them.
    NoBroker(usize),
    /// A fenced log cannot be sealed: its groups stay without a leader.
    NotSealed {
        /// The epoch.
        epoch: u64,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SilentTogether(epochs) => write!(
                f,
                "brokers of epochs {epochs:?} fell silent together; nobody is fenced for a while: look at the network and at the controller"
            ),
            Self::StoreIll(epochs) => write!(
                f,
                "brokers of epochs {epochs:?} wait for the object store: look at the store"
            ),
            Self::NoBroker(groups) => {
                write!(f, "{groups} placement groups have no leader: start a broker")
            }
            Self::NotSealed { epoch, reason } => {
                write!(f, "the log of epoch {epoch} cannot be taken over: {reason}")
            }
        }
    }
}

/// What to do now, and what to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Steps, in their order.
    pub actions: Vec<Action>,
    /// What is remarkable now.
    pub alarms: Vec<Alarm>,
    /// Whether another number of brokers would suit the load.
    pub signal: Option<Signal>,
}

/// Decides.
#[must_use]
pub fn decide(s: &Situation<'_>) -> Decision {
    let (fences, mut alarms) = detect(s);
    let mut actions: Vec<Action> =
        fences.iter().map(|(epoch, why)| Action::Fence { epoch: *epoch, why: *why }).collect();
    let fenced = s.state.epochs().iter().filter(|(_, state)| **state == EpochState::Fenced);
    actions.extend(fenced.map(|(epoch, _)| Action::Seal { epoch: *epoch }));
    let fenced: BTreeSet<u64> = fences.into_keys().collect();
    actions.extend(scale_in(s, &fenced));
    actions.extend(place(s, &fenced, &mut alarms));
    // Whoever asked for a number waits for that first.
    let signal = s.loads.signal(s.state, s.settings, s.now).filter(|_| actions.is_empty());
    Decision { actions, alarms, signal }
}

/// Drains those that are too many: the youngest first, and the controller's own last.
fn scale_in(s: &Situation<'_>, fenced: &BTreeSet<u64>) -> Vec<Action> {
    let Some(wanted) = s.brokers_wanted else { return Vec::new() };
    let stays = |epoch: &u64| !fenced.contains(epoch);
    let mut there: Vec<u64> = shares(s.state).into_keys().filter(stays).collect();
    there.sort_unstable_by_key(|epoch| (*epoch != s.me, *epoch));
    let too_many = there.split_off((wanted.max(1) as usize).min(there.len()));
    too_many.into_iter().map(|epoch| Action::Drain { epoch }).collect()
}
