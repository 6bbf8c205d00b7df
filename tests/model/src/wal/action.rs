use super::state::Write;

/// One step of one actor, or of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A leader appends a record and sends its slot.
    Append(u8),
    /// A write that is under way is applied, and its sender, if it still waits, learns of it.
    Apply(Write),
    /// A write is applied and its answer lost; its sender sends the same bytes again.
    ApplyUnheard(Write),
    Acknowledge {
        process: u8,
        slot: u8,
    },
    /// A client asks a process for a decision.
    Ask(u8),
    Answer(u8),
    /// The controller believes that an epoch is dead.
    Fence(u8),
    Peek {
        sealer: u8,
        epoch: u8,
    },
    Start {
        sealer: u8,
        epoch: u8,
    },
    Barrier(u8),
    /// Put-if-absent of a SEAL at the slot that the sealer has come to.
    Walk(u8),
    CommitSealed(u8),
    Assign(u8),
    ReadManifest(u8),
    Lead(u8),
    Offer(u8),
    Stop(u8),
    HandOver(u8),
    Cancel,
    Resume(u8),
    Leave(u8),
    /// Reads the manifest and prepares a CAS.
    Plan(u8),
    Cas(u8),
    /// Works out its lowest needed slot.
    Report(u8),
    CommitReport(u8),
    Unpin {
        process: u8,
        epoch: u8,
    },
    Retire(u8),
    /// Decides to delete a slot.
    Collect {
        epoch: u8,
        slot: u8,
    },
    Lose {
        epoch: u8,
        slot: u8,
    },
    Backup,
    Restore,
    FenceStray(u8),
    Bear(u8),
    Register(u8),
}
