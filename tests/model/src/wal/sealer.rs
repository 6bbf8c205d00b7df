/// A controller, or a second one that believes it is the controller, taking over an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Sealer {
    Idle,
    /// Has read `wal_low` of an epoch that is not fenced yet; only a planted bug does so.
    Peeked {
        epoch: u8,
        low: u8,
    },
    /// Walks up the slots of a fenced epoch.
    Walking {
        epoch: u8,
        at: u8,
        barrier: bool,
    },
    /// Met the SEAL without a gap below it.
    Found {
        epoch: u8,
        end: u8,
    },
}
