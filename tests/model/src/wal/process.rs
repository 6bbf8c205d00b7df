use super::state::{EPOCHS, Log, Manifest, SLOTS, Value};

/// One incarnation of a broker: what it knows and what it is about to do.
///
/// It may be slow between any two steps, for ever if need be: freezing needs no step of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pub(crate) epoch: u8,
    pub(crate) nonce: u8,
    pub(crate) phase: Phase,
    pub(crate) role: Role,
    /// The slot that it sends next.
    pub(crate) next: u8,
    /// Slots that it knows durable, and slots that it acknowledged, as bits.
    pub(crate) known: u8,
    pub(crate) acknowledged: u8,
    /// The partition as it appended it, and the end of what it serves.
    pub(crate) log: Log,
    pub(crate) high_watermark: u8,
    /// Up to which slot of every earlier epoch its log holds everything.
    pub(crate) holds: [u8; EPOCHS],
    /// The version of the manifest that it recovered from.
    pub(crate) recovered_from: u8,
    /// It knows that the manifest carries its claim.
    pub(crate) claimed: bool,
    /// A CAS of the manifest that is under way.
    pub(crate) plan: Option<Plan>,
    /// A report of its lowest needed slot that is under way: slot, version of the row.
    pub(crate) report: Option<(u8, u8)>,
    /// What an old leader sent: the attempt and the log.
    pub(crate) offered: Option<Offer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    Unborn,
    /// The birth is in the bucket, the metadata does not know of it.
    Born,
    Live,
    Ended,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Idle,
    /// Recovers: it has read the manifest and not yet the slots.
    Reading(Manifest),
    Leader {
        pg_epoch: u8,
    },
    /// Stopped appends for a handover attempt.
    Stopped {
        pg_epoch: u8,
        attempt: u8,
        sent: bool,
    },
    /// Met evidence that the metadata went back, and waits for an operator.
    Refused,
}

/// A CAS of the manifest: the version that it expects, and what it writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    pub(crate) version: u8,
    pub(crate) claim: bool,
    pub(crate) pg_epoch: u8,
    pub(crate) covered: [u8; EPOCHS],
    pub(crate) log: Log,
}

/// The state of the placement group that an old leader sends to the target of a handover.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Offer {
    pub(crate) attempt: u8,
    pub(crate) log: Log,
    pub(crate) holds: [u8; EPOCHS],
}

impl Process {
    pub(crate) fn unborn(process: u8) -> Self {
        Self {
            epoch: process,
            nonce: process,
            phase: Phase::Unborn,
            role: Role::Idle,
            next: 0,
            known: 0,
            acknowledged: 0,
            log: Log::default(),
            high_watermark: 0,
            holds: [0; EPOCHS],
            recovered_from: 0,
            claimed: false,
            plan: None,
            report: None,
            offered: None,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// F(e): how many leading slots it knows durable.
    pub(crate) fn frontier(&self) -> u8 {
        leading(self.known)
    }

    /// How many leading slots it acknowledged.
    pub(crate) fn acknowledged_prefix(&self) -> u8 {
        leading(self.acknowledged)
    }

    pub(crate) fn pg_epoch(&self) -> Option<u8> {
        match self.role {
            Role::Leader { pg_epoch } | Role::Stopped { pg_epoch, .. } => Some(pg_epoch),
            Role::Idle | Role::Reading(_) | Role::Refused => None,
        }
    }

    pub(crate) fn is_leader(&self) -> bool {
        matches!(self.role, Role::Leader { .. })
    }

    pub(crate) fn lead(&mut self, pg_epoch: u8, log: Log, holds: [u8; EPOCHS]) {
        self.high_watermark = log.length;
        self.log = log;
        self.holds = holds;
        self.claimed = false;
        self.role = Role::Leader { pg_epoch };
    }
}

/// The record that a process puts into a slot.
pub(crate) fn value_of(process: u8, slot: u8) -> Value {
    process * u8::try_from(SLOTS).unwrap_or(u8::MAX) + slot + 1
}

pub(crate) fn bit(slot: u8) -> u8 {
    1 << slot
}

fn leading(bits: u8) -> u8 {
    u8::try_from(bits.trailing_ones()).unwrap_or(u8::MAX)
}
