//! Bugs that a simulation plants, each in the place that upholds what it breaks.
//!
//! A checker that never finds anything proves nothing. So the simulator plants one bug at a time, and
//! must find it. The switch is a variable of the thread that runs the simulation. Where debug assertions
//! are off, as in every release, [`on`] is the constant `false`, and nothing of a bug is compiled.

/// A bug, named by what goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// A new owner leaves the manifests to the former one.
    NoClaim,
    /// Garbage collection takes seals for slots.
    SealCollected,
    /// Reads are answered however old the proof of ownership is.
    StaleReader,
    /// Recovery from a disk answers before what it found is written again and synced.
    RecoveredUnsynced,
    /// A file that has its last slot counts as closed, though nobody has cut what was preallocated.
    UncutEnd,
    /// Sealing does not look at what slots behind the end say of slots before it.
    FrontierIgnored,
    /// The next epoch comes from metadata, whatever births are in the store.
    EpochReused,
    /// The frontier counts stored slots, also those behind a gap.
    AckBeforePrefix,
    /// A slot in our place is taken for ours by its header, whatever its body is.
    HeaderWithoutCrc,
    /// A batch that was sent again is answered before the first one is durable.
    DuplicateBeforeDurable,
    /// Who waits for a slot that is on its way is not woken.
    LostWakeUp,
    /// A fetch tells a high watermark that is not durable.
    AboveHighWatermark,
    /// A leader goes on as before while it does not know whether its move was committed.
    ResumedInDoubt,
    /// A completed move leaves no pin on the log that the group comes from.
    PinOmitted,
    /// A group takes records while its state is on its way to the next leader.
    AppendsWhileMoved,
    /// A leader does not see that another one was committed.
    NeverLeaves,
    /// A new leader reads one of the logs that are pinned for its group.
    OneLogRead,
    /// A new leader gives up slots of a group that was handed to it, and never claimed its manifest.
    HandedUnclaimed,
    /// A merge leaves the last chunk of each run behind.
    MergeDropsRecords,
    /// Segments go as soon as they are merged, whatever manifests say.
    MergedAtOnce,
    /// A new term of the metadata begins with the snapshot of the one before.
    StaleSnapshot,
}

impl Planted {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::NoClaim,
        Self::SealCollected,
        Self::StaleReader,
        Self::RecoveredUnsynced,
        Self::UncutEnd,
        Self::FrontierIgnored,
        Self::EpochReused,
        Self::AckBeforePrefix,
        Self::HeaderWithoutCrc,
        Self::DuplicateBeforeDurable,
        Self::LostWakeUp,
        Self::AboveHighWatermark,
        Self::ResumedInDoubt,
        Self::PinOmitted,
        Self::AppendsWhileMoved,
        Self::NeverLeaves,
        Self::OneLogRead,
        Self::HandedUnclaimed,
        Self::MergeDropsRecords,
        Self::MergedAtOnce,
        Self::StaleSnapshot,
    ];

    /// Whether it takes several brokers to show.
    #[must_use]
    pub const fn takes_company(self) -> bool {
        matches!(
            self,
            Self::ResumedInDoubt
                | Self::PinOmitted
                | Self::AppendsWhileMoved
                | Self::NeverLeaves
                | Self::OneLogRead
                | Self::HandedUnclaimed
        )
    }
}

#[cfg(debug_assertions)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Planted>> = const { std::cell::Cell::new(None) };
}

/// Whether this bug is planted on this thread.
#[cfg(debug_assertions)]
#[must_use]
pub fn on(bug: Planted) -> bool {
    PLANTED.get() == Some(bug)
}

/// Never: there are no bugs to plant here.
#[cfg(not(debug_assertions))]
#[must_use]
pub const fn on(_: Planted) -> bool {
    false
}

/// Plants a bug on this thread, or pulls it out again. False: it cannot be planted in this build.
#[cfg(debug_assertions)]
pub fn plant(bug: Option<Planted>) -> bool {
    PLANTED.set(bug);
    true
}

/// Plants nothing: this build has no bugs to plant.
#[cfg(not(debug_assertions))]
#[must_use]
pub const fn plant(bug: Option<Planted>) -> bool {
    bug.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(debug_assertions)]
    fn one_bug_is_planted_on_one_thread() {
        assert!(plant(Some(Planted::NoClaim)));
        assert!(on(Planted::NoClaim) && !on(Planted::SealCollected));
        let elsewhere = std::thread::spawn(|| on(Planted::NoClaim)).join();
        assert!(elsewhere.is_ok_and(|planted| !planted));
        assert!(plant(None) && !on(Planted::NoClaim));
    }
}
