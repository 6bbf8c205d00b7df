use crate::bug::Bug;

/// One small world: who is in it and what may happen there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Processes in the world, and how many of them run at the start.
    pub(crate) processes: u8,
    pub(crate) running: u8,
    /// Process 1 is a copy of the machine of process 0: same epoch, same nonce.
    pub(crate) clone: bool,
    /// Most data slots of each process.
    pub(crate) slots: [u8; 3],
    pub(crate) sealers: u8,
    /// Epochs that the controller may fence, as bits.
    pub(crate) fenceable: u8,
    /// SEALs as barriers ahead of the walk.
    pub(crate) barriers: bool,
    /// Most handovers that are offered.
    pub(crate) attempts: u8,
    /// Manifests are written and pins removed.
    pub(crate) compaction: bool,
    /// `wal_low` moves and slots are collected.
    pub(crate) collection: bool,
    /// One PUT may reach the bucket a second time, at any later step.
    pub(crate) copies: bool,
    /// One slot may vanish.
    pub(crate) loss: bool,
    /// A new leader appends nothing before its claim is in the manifest.
    pub(crate) claim_first: bool,
    /// The metadata may be set back to an older copy, once.
    pub(crate) restore: bool,
    /// The world starts with epoch 1 in the lead and a copy of the metadata that was made before its birth.
    pub(crate) old_copy: bool,
    /// A client asks one coordinator for a decision.
    pub(crate) question: bool,
    /// What must be possible in this world.
    pub(crate) reaches: &'static [&'static str],
    /// The bugs that are found in this world.
    pub(crate) bugs: &'static [Bug],
}
